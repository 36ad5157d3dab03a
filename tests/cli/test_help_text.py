"""Help is wrapped at the width of the terminal, not at that of the source."""

import pytest

from cli.help_text import reflowed
from tests.cli.running import run


def test_a_paragraph_becomes_one_line_and_a_marked_one_keeps_its_lines():
    text = "First\nline.\n\nSecond\nparagraph.\n\n\b\nCodes:\n  0  done"
    assert reflowed(text) == "First line.\n\nSecond paragraph.\n\n\bCodes:\n  0  done"


def test_reflowing_twice_changes_nothing():
    once = reflowed("One\ntwo.\n\n\b\n  a\n  b")
    assert reflowed(once) == once


@pytest.mark.parametrize("command", [(), ("decide",), ("keys", "list"), ("quarantine",)])
def test_a_flag_is_shown_without_a_type(command: tuple[str, ...]):
    text = run(*command, "--help").out
    assert "--help" in text
    assert "bool" not in text


def test_no_line_of_a_narrow_help_is_the_rest_of_a_line_of_the_source(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = [line.strip() for line in run("submit", "--help").out.splitlines()]
    assert "superseded, and approvals given to the older bytes do not count for these." in lines
