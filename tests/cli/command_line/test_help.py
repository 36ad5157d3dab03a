"""The help of each command on a screen of 80 columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from cli.failures import ExitCode
from cli.main import app
from tests.cli.running import run

OVERVIEW: tuple[str, ...] = ()  # it lists the commands


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the names of every command and group."""
    yield path
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from commands(each, (*path, name))


def command_named(path: tuple[str, ...]) -> click.Command:
    """Return the command or group with these names."""
    found: click.Command = app
    for name in path:
        assert isinstance(found, click.Group)
        found = found.commands[name]
    return found


@pytest.fixture(params=list(commands(app)), ids=" ".join)
def page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[tuple[str, ...], str]:
    """Return a command and its help at 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    return request.param, run(*request.param, "-h").out


def test_no_line_is_folded(page: tuple[tuple[str, ...], str]):
    assert [line for line in page[1].splitlines() if len(line) > 80] == []


def test_there_is_an_example_of_the_command_itself(page: tuple[tuple[str, ...], str]):
    path, text = page
    called = " ".join(("compliance", *path))
    assert path == OVERVIEW or re.search(rf"^ +{called}( |$)", text.partition("\n")[2], re.MULTILINE)


def test_it_is_in_the_words_of_a_person(page: tuple[tuple[str, ...], str]):
    assert not re.search(r"<\w|FLOAT|INTEGER|RANGE|UUID|list\[|None", page[1])


GROUPS = [path for path in commands(app) if isinstance(command_named(path), click.Group)]


@pytest.mark.parametrize("path", GROUPS, ids=" ".join)
class TestGroup:
    def test_its_overview_cuts_no_line(self, path: tuple[str, ...]):
        assert "..." not in run(*path, "-h").out.replace("[ARGS]...", "")

    def test_alone_it_prints_its_help_and_no_error(self, path: tuple[str, ...]):
        ended = run(*path)
        assert (ended.code, ended.out, ended.err) == (ExitCode.USAGE, "", run(*path, "-h").out)
