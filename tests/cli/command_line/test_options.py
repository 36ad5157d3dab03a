"""Options that are the same in every command: words, units, and where they may stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cli.failures import ExitCode
from cli.main import app
from cli.options import DURATION
from tests.cli.running import run


def options(command: click.Command, path: str = "compliance") -> Iterator[tuple[str, click.Option]]:
    """Yield every option with the command that it belongs to."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield path, parameter
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from options(each, f"{path} {name}")


ALL = list(options(app))


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("5m", 300), ("2h", 7200), ("90", 90), ("0.5", 0.5), ("1.5m", 90)]
)
def test_a_time_has_a_unit_or_is_in_seconds(text: str, seconds: float):
    assert DURATION.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "-1s", "5 m", "1d", "h", "nan", "1e3"])
def test_anything_else_is_no_time(text: str):
    with pytest.raises(click.BadParameter, match="30s, 5m or 2h"):
        DURATION.convert(text, None, None)


def test_a_wait_has_the_same_form_everywhere():
    waits = [(path, each) for path, each in ALL if {"--timeout", "--patience"} & {*each.opts}]
    assert len(waits) > 10
    assert [path for path, each in waits if each.type is not DURATION] == []


def test_a_file_to_write_is_named_by_the_same_option_everywhere():
    assert {path for path, each in ALL if "--output" in each.opts} >= {"compliance fetch", "compliance evidence"}
    assert [
        path for path, each in ALL if ("-o" in each.opts) != ("--output" in each.opts) or "--out" in each.opts
    ] == []


@pytest.mark.parametrize("command", ["withdraw", "retract", "quarantine discard", "announce", "decide"])
def test_a_reason_is_a_comment_everywhere(command: str):
    assert [each for path, each in ALL if path == f"compliance {command}" and "--comment" in each.opts]


def test_every_option_says_what_it_is_in_words_of_a_person():
    assert [(path, each.opts) for path, each in ALL if not each.help] == []
    takes_value = [(path, each) for path, each in ALL if not each.is_flag and not each.is_eager]
    assert [(path, each.opts) for path, each in takes_value if not (each.metavar or "").isupper()] == [
        ("compliance evidence", ["-o", "--output"])  # FILE.zip
    ]


@pytest.mark.parametrize("words", [["--settings", "none.json", "list"], ["list", "--settings", "none.json"]])
def test_settings_are_named_before_or_after_the_command(no_settings: Path, words: list[str]):
    ended = run(*words)
    assert (ended.code, "none.json cannot be read" in ended.err) == (ExitCode.USAGE, True)


def test_the_place_after_the_command_wins_and_both_win_over_the_environment(
    no_settings: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COMPLIANCE_SETTINGS", "c.json")
    assert "c.json" in run("list").err
    assert "b.json" in run("--settings", "b.json", "list").err
    assert "a.json" in run("--settings", "b.json", "quarantine", "list", "--settings", "a.json").err


@pytest.mark.parametrize("words", [["--verbose", "keys", "list", "no"], ["keys", "list", "no", "--verbose"]])
def test_verbose_stands_before_or_after_the_command(words: list[str]):
    assert "Traceback" in run(*words).err


def test_the_name_of_the_person_at_the_terminal_is_taken_from_the_environment(
    no_settings: Path, monkeypatch: pytest.MonkeyPatch
):
    assert "say who you are" in run("decide", "3f9a01", "approve").err
    monkeypatch.setenv("COMPLIANCE_AS", "ana@example.org")
    assert "Documents is missing" in run("decide", "3f9a01", "approve").err
    named = {path for path, each in ALL if each.envvar == "COMPLIANCE_AS"}
    assert named >= {f"compliance {name}" for name in ("decide", "withdraw", "delegate", "submit", "repair")}


@pytest.mark.parametrize("command", [path for path, option in ALL if "--csv" in option.opts])
def test_a_result_has_one_form(command: str):
    ended = run(*command.split()[1:], "--csv", "--json")
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert "--csv and --json are two forms of one result: give one of them" in ended.err
