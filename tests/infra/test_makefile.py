"""The Makefile's help fits a terminal and its targets for one folder follow the folders."""

from __future__ import annotations

import subprocess

from tests.infra.bicep import INFRA

ROOT = INFRA.parent


def make(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 our own Makefile


def test_the_help_fits_80_columns() -> None:
    lines = make("help").stdout.splitlines()

    assert any("make check " in line for line in lines)
    assert [line for line in lines if len(line) > 80] == []


def test_each_folder_of_tests_has_a_target() -> None:
    folders = [path for path in (ROOT / "tests").iterdir() if any(path.rglob("test_*.py"))]
    assert folders
    for folder in [*folders, ROOT / "devhost" / "tests"]:
        name = folder.name if folder.parent.name == "tests" else "devhost"
        assert make("--dry-run", f"test-{name}").stdout.rstrip().endswith(f" {folder.relative_to(ROOT)}")


def test_an_unknown_folder_is_answered_with_those_that_exist() -> None:
    done = make("test-untis")

    assert done.returncode != 0
    assert "no tests of the name untis" in done.stdout and " unit " in done.stdout
