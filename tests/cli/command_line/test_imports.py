"""What a command imports before it runs: little, so that help and errors of usage are there at once."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from cli.main import COMMANDS, app

HEAVY = ("aiohttp", "asyncio", "azure", "cryptography", "holidays", "jinja2", "jwt", "pydantic", "rich", "ssl", "yaml")
WALK = f"""
import sys, click
from cli.main import app

def imported(arguments):
    try:
        app(arguments, prog_name="compliance")
    except SystemExit:
        pass
    heavy = sorted(set(sys.modules) & set({HEAVY!r}))
    assert not heavy, (arguments, heavy)

imported(["--version"])
imported(["-h"])
imported(["lits"])
assert not [name for name in sys.modules if name.startswith("cli.") and name.count(".") > 1]
def walk(command, path):
    imported([*path, "--help"])
    imported([*path, "--bogus"])
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            walk(each, [*path, name])
walk(app, [])
imported(["show"])
imported(["decide", "3f9a01", "perhaps"])

# What a list builds before its first request: none of the models of messages and JSON, no reader of a row.
import asyncio
import cli.reviews.list_lines
from adapters.clients import Clients
from adapters.settings import Settings
from cli.reviews.listing import Tables
from cli.session import Session

async def list_tables():
    settings = Settings.unchecked({{"Documents": "AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:9/a"}})
    clients = Clients(settings)
    Tables.of(Session(settings, clients))
    await clients.close()

asyncio.run(list_tables())
from pydantic import BaseModel
from contracts import type_adapters
built = [each.__name__ for each in BaseModel.__subclasses__() if each.__name__ != "JsonOutput"]
assert not built and not type_adapters._BUILT, (built, type_adapters._BUILT)
"""


def test_help_version_and_errors_of_usage_import_nothing_heavy_and_a_list_builds_no_models():
    ended = subprocess.run([sys.executable, "-c", WALK], capture_output=True, text=True, check=False)  # noqa: S603 our own code
    assert ended.returncode == 0, ended.stderr
    assert "Usage: compliance quarantine replay" in ended.stdout
    assert "'perhaps' is no decision: name the reviews and then approve, reject or request-changes" in ended.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_overview_says_what_the_help_of_a_command_says(name: str):
    assert isinstance(app, click.Group)
    command = app.commands[name]
    assert command.name == name
    first = " ".join((command.help or "").partition("\n\n")[0].split())
    assert first == COMMANDS[name].line
