"""The Makefile's help fits a terminal and its targets for one folder follow the folders."""

from __future__ import annotations

import re
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


def test_make_run_prints_the_commands_that_the_readme_shows() -> None:
    (recipe,) = (line for line in make("--dry-run", "run").stdout.splitlines() if line.startswith("sed "))
    shown = subprocess.run(["sh", "-c", recipe], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603, S607
    (block,) = re.findall(r"^(export COMPLIANCE_SETTINGS=.*?)```", (ROOT / "README.md").read_text(), re.DOTALL | re.M)
    printed = {line.strip() for line in shown.replace("\\\n    ", "").splitlines()}

    assert set(block.replace("$PWD", str(ROOT)).splitlines()) <= printed
    assert [line for line in (ROOT / "local/next-steps.txt").read_text().splitlines() if len(line) > 80] == []


def test_make_run_takes_a_state_folder_and_prints_its_settings() -> None:
    shown = make("--dry-run", "run", "STATE=elsewhere").stdout

    assert "--state 'elsewhere'" in shown and "{state}|elsewhere|" in shown


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


def test_a_benchmark_is_named_after_the_target_of_all() -> None:
    assert ".venv/bin/python -m bench web idle" in make("--dry-run", "bench", "web", "idle").stdout.splitlines()
    assert ".venv/bin/python -m bench" in map(str.strip, make("--dry-run", "bench").stdout.splitlines())
    assert make("--dry-run", "idle").returncode != 0
