"""The command alone: built as a wheel and installed into a fresh environment with what it requires and nothing more."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.package import ROOT
from tests.bundles import OLDER_DIGEST, OLDER_PAGE
from tests.infra.clean_environment import build_wheel, make_environment

OF_THE_APP = "azure.functions", "azure.durable_functions", "azurefunctions", "azure.eventgrid", "pypdf"
# https://docs.python.org/3/library: "Availability: Unix", and fork, which Windows has not.
OF_UNIX = {"fcntl", "grp", "pwd", "readline", "resource", "syslog", "termios", "tty", "pty", "posix"}
OF_UNIX_IN_OS = {"fork", "getuid", "geteuid", "getgid", "chown", "killpg", "setsid", "mkfifo", "openpty"}


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the command as `pipx install .[cli]` does; return its program."""
    folder = tmp_path_factory.mktemp("alone")
    wheel = build_wheel(ROOT, folder)
    return make_environment(folder / "venv", f"{wheel}[cli]") / "compliance"


def run(command: Path, *arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONWARNINGS": "error", "PATH": os.environ["PATH"], **settings}
    words = [command, *map(str, arguments)]
    return subprocess.run(words, cwd=command.parent, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 our own


def test_it_says_its_version_and_helps(command: Path) -> None:
    assert run(command, "--version").stdout.startswith("compliance 0.")
    assert "Usage: compliance [OPTIONS] COMMAND" in run(command, "--help").stdout


def test_it_verifies_a_bundle(command: Path) -> None:
    ended = run(command, "verify", "--file", OLDER_PAGE, "--digest", OLDER_DIGEST)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Sound: review b768a2ea3383f2da")


def test_every_command_finds_its_packages(command: Path) -> None:
    """Import every module of the command, and of what it uses."""
    program = """
import importlib, pkgutil, cli, contracts, evidence, compliance
for package in (cli, contracts, evidence, compliance):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""
    ended = run(command.with_name("python"), "-c", program)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_app_itself_is_not_installed_with_it(command: Path) -> None:
    names = f"""
import importlib.util, json
def found(name):
    try: return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError: return False
print(json.dumps([name for name in {OF_THE_APP} if found(name)]))
"""
    assert json.loads(run(command.with_name("python"), "-c", names).stdout) == []


def test_a_stopped_stack_is_told_without_any_file_of_the_project(command: Path) -> None:
    storage = "AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:9/a;TableEndpoint=http://127.0.0.1:9/a"
    ended = run(command, "list", Documents=storage)
    assert (ended.returncode, "nothing answers at 127.0.0.1:9 (storage)" in ended.stderr) == (1, True)


def unix_only(source: str) -> Iterator[str]:
    """Yield what a module imports, or takes from os, that only Unix has."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from OF_UNIX & {name.name.partition(".")[0] for name in names}
            case ast.ImportFrom(module=str(module), names=names):
                yield from OF_UNIX & {module.partition(".")[0]}
                yield from OF_UNIX_IN_OS & {name.name for name in names if module == "os"}
            case ast.Attribute(value=ast.Name(id="os"), attr=attribute) if attribute in OF_UNIX_IN_OS:
                yield f"os.{attribute}"


def test_nothing_of_the_command_is_for_unix_alone() -> None:
    modules = [
        module
        for folder in ("cli", "contracts", "compliance", "evidence", "adapters", "reviews")
        for module in (ROOT / folder).rglob("*.py")
        if not module.is_relative_to(ROOT / "adapters" / "content" / "processes")  # which only the app starts
    ]
    assert {
        str(each.relative_to(ROOT)): found for each in modules if (found := [*unix_only(each.read_text("utf-8"))])
    } == {}


@pytest.mark.parametrize(
    "source", ["import fcntl", "from pwd import getpwnam", "import os\nos.fork()", "from os import chown"]
)
def test_what_is_for_unix_alone_is_found(source: str) -> None:
    assert [*unix_only(source)]
