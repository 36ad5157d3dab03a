"""An auditor verifies a bundle with three folders and three packages: nothing of Azure, nothing of the command."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from infra.package import ROOT
from tests.bundles import OLDER_DIGEST, OLDER_PAGE, contents, zipped
from tests.infra.clean_environment import make_environment

REQUIREMENTS = ROOT / "evidence" / "requirements.txt"
SECTION = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8").partition("\n## For the auditor")[2]
*INSTALL, VERIFY = SECTION.partition("```sh\n")[2].partition("\n```")[0].splitlines()


def required(lines: list[str]) -> dict[str, Requirement]:
    requirements = [Requirement(line) for line in lines if not line.startswith("#")]
    return {requirement.name: requirement for requirement in requirements}


@pytest.fixture(scope="module")
def auditor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepare a folder as an auditor does by docs/evidence.md, with its copies; uv does what the commands do."""
    folder = tmp_path_factory.mktemp("auditor")
    for package in ("evidence", "contracts", "compliance"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    make_environment(folder / "verifier", "-r", folder / "evidence" / "requirements.txt")
    return folder


def verify(auditor: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    program, strict = shlex.split(VERIFY.partition(" FILE.zip")[0]), {"PYTHONWARNINGS": "error"}
    return subprocess.run(  # noqa: S603 our own
        [*program, *map(str, arguments)], cwd=auditor, env=strict, capture_output=True, text=True, check=False
    )


def test_its_requirements_are_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ranges = required(project["dependencies"])

    for name, requirement in required(REQUIREMENTS.read_text(encoding="utf-8").splitlines()).items():
        assert requirement == ranges[name]


def test_its_environment_is_made_by_the_commands_of_the_manual() -> None:
    assert INSTALL == ["python3 -m venv verifier", "verifier/bin/pip install -r evidence/requirements.txt"]


def test_a_sound_bundle_is_sound(auditor: Path) -> None:
    ended = verify(auditor, OLDER_PAGE, "--digest", OLDER_DIGEST)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Sound: review b768a2ea3383f2da")


def test_an_altered_bundle_is_not(auditor: Path, tmp_path: Path) -> None:
    altered = zipped(tmp_path, contents(OLDER_PAGE) | {"document.bin": b"Other bytes.\n"})

    ended = verify(auditor, altered)

    assert (ended.returncode, ended.stderr) == (3, "")
    assert ended.stdout.splitlines()[1].startswith("document.bin: edited: ")


def test_what_is_no_bundle_is_told(auditor: Path) -> None:
    ended = verify(auditor, REQUIREMENTS)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"Error: {REQUIREMENTS} is not a bundle of evidence: ")


def test_nothing_else_is_installed_there(auditor: Path) -> None:
    absent = "azure", "typer", "rich", "aiohttp", "jinja2", "yaml", "holidays"
    program = f"import importlib.util; print([name for name in {absent} if importlib.util.find_spec(name)])"
    python = auditor / "verifier" / "bin" / "python"

    found = subprocess.run([python, "-c", program], cwd=auditor, env={}, capture_output=True, text=True, check=True)  # noqa: S603 our own

    assert found.stdout == "[]\n"
