"""The keys of `--json` in the help of every command. That they are printed, `tests.cli.running.Ended.json` checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from cli.json_output import JsonOutput, keys_of
from cli.main import app
from tests.cli.running import documented_output, find_command, run

NOT_OURS = {("watch",), ("keys", "list")}  # a CloudEvent as it was published, a JWK Set


class Part(JsonOutput):
    first_name: str
    tags: tuple[str, ...]


class Whole(JsonOutput):
    review_id: str | None
    one: Part | None
    many: tuple[Part, ...] | None
    properties: dict[str, str]


def test_keys_are_shown_with_those_of_what_they_hold():
    part = "{firstName, tags}"
    whole = f"{{reviewId, one {part}, many [{part}], properties}}"
    assert keys_of(Whole) == f"one object {whole}"
    assert keys_of(list[Whole]) == f"an array of {whole}"


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with its path."""
    if isinstance(command, TyperGroup):
        for name, each in command.commands.items():
            yield from commands(each, (*path, name))
    else:
        yield path, command


COMMANDS = dict(commands(get_command(app)))
PATHS = {path for path, command in COMMANDS.items() if any("--json" in option.opts for option in command.params)}


def test_only_what_makes_keys_prints_no_json():
    assert COMMANDS.keys() - PATHS == {("keys", "new"), ("keys", "add"), ("keys", "revoke")}


@pytest.mark.parametrize("path", sorted(PATHS - NOT_OURS), ids=" ".join)
def test_the_help_names_exactly_the_keys_of_the_output(path: tuple[str, ...]):
    keys = keys_of(documented_output(find_command(path)))
    assert f"With --json {keys}" in " ".join(run(*path, "--help").out.split())


@pytest.mark.parametrize("path", sorted(NOT_OURS), ids=" ".join)
def test_what_is_not_ours_is_said_in_words(path: tuple[str, ...]):
    assert "With --json" in run(*path, "--help").out
