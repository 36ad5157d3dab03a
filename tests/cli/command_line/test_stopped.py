"""What every command says if nothing answers at the addresses of its settings, and how little it imports before."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click
import pytest

from adapters.clients import Clients
from adapters.settings import Settings
from cli.failures import ExitCode
from cli.main import app
from tests.cli.command_line.test_imports import HEAVY
from tests.cli.running import run

REVIEW: Final = "0" * 64
# What a command needs on its command line beyond one word for each argument and option that Click demands.
MORE: Final[Mapping[str, tuple[str, ...]]] = {
    "decide": ("approve", "--as", "ann"),
    "approve": ("--as", "ann"),
    "reject": ("--as", "ann"),
    "withdraw": ("--as", "ann"),
    "retract": ("--as", "ann"),
    "delegate": ("--by", "ann", "--to", "ben", "--from", "2026-01-01", "--until", "2026-01-02"),
    "verify": (REVIEW,),
    "quarantine discard": (REVIEW,),
}
# Its first argument where that is no review, message, person or file that is there.
FIRST: Final = {"ledger export": "new"}
OFFLINE: Final = {
    "completion",
    "settings export",
    "policy check",
    *(f"keys {name}" for name in ("new", "add", "list", "revoke")),
    *(f"keys attest {name}" for name in ("new", "publish", "revoke")),
}
TOLD = re.compile(r"Error: nothing answers at 127\.0\.0\.1:\d+ \((storage|Service Bus)\): .*`make run` starts it\n")
ALL_AT_ONCE = f"""
import io, json, sys
from contextlib import redirect_stderr
from cli.main import app
for words in json.loads(sys.argv[1]):
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            app(words, prog_name="compliance")
    except SystemExit as ended:
        code = ended.code
    heavy = sorted(set(sys.modules) & set({HEAVY!r}))
    assert not heavy, (words, heavy)
    print(json.dumps([words, code, said.getvalue()]))
"""


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the names of every command that does something when it is called."""
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from commands(each, (*path, name))
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield path


def words_of(path: tuple[str, ...]) -> list[str]:
    """Return a command line that the command accepts."""
    command: click.Command = app
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    words = list(path)
    for parameter in command.params:
        if parameter.required:
            is_argument = isinstance(parameter, click.Argument)
            words += [FIRST.get(" ".join(path), REVIEW)] if is_argument else [parameter.opts[-1], "new"]
    return [*words, *MORE.get(" ".join(path), ())]


REACHING: Final = [path for path in commands(app) if " ".join(path) not in OFFLINE]


@pytest.fixture
def settings(no_settings: Path) -> Iterator[Path]:
    """Return settings whose addresses are a port on which nothing listens, and which nobody else gets meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        account = f"http://127.0.0.1:{port}/a"
        bus = f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=n;SharedAccessKey=a;UseDevelopmentEmulator=true"
        values = {
            "Documents": f"AccountName=a;AccountKey=YQ==;BlobEndpoint={account};TableEndpoint={account}",
            "ServiceBus": bus,
        }
        file = no_settings / "settings.json"
        file.write_text(json.dumps({"Values": values}))
        Path(REVIEW).touch()  # it is a file to submit, too
        yield file


def test_every_command_tells_of_a_stopped_stack_in_one_line_before_it_imports_anything_heavy(settings: Path):
    called = [[*words_of(path), "--settings", str(settings)] for path in REACHING]
    ended = subprocess.run(  # noqa: S603 our own code
        [sys.executable, "-c", ALL_AT_ONCE, json.dumps(called)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    told = {" ".join(words): (code, said) for words, code, said in map(json.loads, ended.stdout.splitlines())}
    assert len(told) == len(REACHING) > 30
    wrong = {words: each for words, each in told.items() if not TOLD.fullmatch(each[1])}
    assert wrong == {}
    codes = {words.split()[0]: code for words, (code, _) in told.items()}
    assert codes.pop("doctor") == 2  # nothing could be examined: no finding
    assert {*codes.values()} == {ExitCode.FAILED}


@pytest.mark.parametrize("name", ["blobs", "ledger_table", "waiting_table", "reads_table", "service_bus"])
def test_no_client_is_opened_before_its_address_was_probed(settings: Path, name: str):
    """A new command that does not look at once reports a stopped stack in the same words, only later."""

    def probe(address: str, part: str) -> None:
        raise ConnectionError(f"{part} at {address}")

    values = json.loads(settings.read_text())["Values"]
    with pytest.raises(ConnectionError, match=r"(storage|Service Bus) at (http|amqp)://127\.0\.0\.1:\d+"):
        getattr(Clients(Settings.unchecked(values), probe), name)


def test_a_name_that_does_not_exist_is_told(no_settings: Path):
    values = {
        "Documents__blobServiceUri": "https://nobody.invalid",
        "Documents__tableServiceUri": "https://nobody.invalid",
    }
    file = no_settings / "settings.json"
    file.write_text(json.dumps({"Values": values}))

    ended = run("list", "--settings", file)

    assert ended.code == ExitCode.FAILED
    assert ended.err == (
        "Error: nothing answers at nobody.invalid:443 (storage): check the name in the settings, and the network\n"
    )


def test_what_is_wrong_on_the_command_line_is_told_first(settings: Path):
    assert "say who you are" in run("approve", REVIEW, "--settings", settings).err
    assert "say what must be changed" in run("decide", REVIEW, "request-changes", "--as", "a").err
    assert "there is no file none.pdf" in run("submit", "none.pdf", "--settings", settings).err
    assert "exists already" in run("fetch", REVIEW, "-o", settings, "--settings", settings).err
