"""The check of commit subjects accepts an imperative and names what is wrong with others."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.infra.bicep import INFRA

SCRIPT: Final = INFRA.parent / ".ci" / "commit_subjects.py"
fault: Final = runpy.run_path(str(SCRIPT))["fault"]


@pytest.mark.parametrize(
    "subject",
    [
        "Split the broker by subject",
        "Type-check devhost's tests and all benchmarks",
        "Process refused messages once",
        "Embed the page",
        "A" + "d" * 65 + " it so",
    ],
)
def test_an_imperative_is_right(subject: str) -> None:
    assert fault(subject) is None


@pytest.mark.parametrize(
    ("subject", "wrong"),
    [
        ("Split the broker by subject.", "full stop"),
        ("split the broker", "capitalised verb"),
        ("Broker: split by subject", "capitalised verb"),
        ("Split", "capitalised verb"),
        ("", "capitalised verb"),
        ("Added a broker", "no imperative"),
        ("Adding a broker", "no imperative"),
        ("Adds a broker", "no imperative"),
        ("A" + "d" * 66 + " it so", "73 characters"),
    ],
)
def test_what_is_wrong_is_named(subject: str, wrong: str) -> None:
    assert wrong in fault(subject)


def test_a_clone_without_the_first_commit_is_checked_as_far_as_it_goes(tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=ann", "-c", "user.email=ann@example.org"]
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)  # noqa: S607 whichever git is here
    for subject in ("Added a broker", "Split the broker"):
        subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", subject], cwd=tmp_path, check=True)  # noqa: S603 our own

    def check(commits: str) -> tuple[int, str]:
        done = subprocess.run(  # noqa: S603 our own script
            [sys.executable, SCRIPT, commits], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout

    assert check("HEAD~1..HEAD") == (0, "1 commit subjects, 0 faults\n")
    code, output = check("0123456789..HEAD")
    assert code == 1 and output.startswith("Added a broker: ") and "2 commit subjects, 1 faults" in output
