"""The published JSON Schemas of `--json`. That outputs fit them, `tests.cli.running.Ended.json` checks."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click
import pytest

from cli.failures import ExitCode
from cli.json_outputs import JSON_OUTPUTS, SCHEMAS, json_schemas
from cli.main import app
from tests.cli.running import run

NOT_OURS = {"watch", "keys list"}  # a CloudEvent as it was published, a JWK Set


def commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its names."""
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from commands(each, f"{path} {name}".strip())
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield path, command


ALL = dict(commands(app))
WITH_JSON = {path for path, command in ALL.items() if any("--json" in option.opts for option in command.params)}


def test_only_what_makes_keys_or_sets_up_prints_no_json():
    keys = {
        "keys new",
        "keys add",
        "keys revoke",
        "keys attest new",
        "keys attest publish",
        "keys attest pin",
        "keys attest revoke",
    }
    assert ALL.keys() - WITH_JSON == keys | {"completion", "settings export"}


def test_every_output_has_a_schema():
    assert JSON_OUTPUTS.keys() == WITH_JSON - NOT_OURS


def test_the_published_schemas_are_those_of_the_models():
    written = {file: file.read_text(encoding="utf-8") for file in SCHEMAS.iterdir()}
    assert written == dict(json_schemas()), "run make schemas"


@pytest.mark.parametrize("words", [["report"], ["show", "3f9a01"]])
def test_the_keys_of_an_output_are_listed_on_demand(words: list[str]):
    ended = run(*words, "--json", "help")
    assert (ended.code, ended.err) == (ExitCode.DONE, "")
    assert ended.out.splitlines() == list(json.loads((SCHEMAS / f"{words[0]}.json").read_text())["properties"])
