"""Text from strangers on a terminal."""

from __future__ import annotations

import io
import os
import sys
import termios

import pytest
from rich.console import Console

from cli.main import app
from cli.terminal import escape_invisible, out, print_line, print_table, table
from contracts.plain_text import quantity


class TestEscapeInvisible:
    @pytest.mark.parametrize(
        ("text", "read"),
        [
            ("plain text", "plain text"),
            ("Zoë 東京 🙂", "Zoë 東京 🙂"),
            ("\x1b[2Jgone", "\\x1b[2Jgone"),
            ("two\r\nlines\tand\x07", "two\\r\\nlines\\tand\\x07"),
            ("abc\u202efdp.exe", "abc\\u202efdp.exe"),
            ("\u2066isolated\u2069", "\\u2066isolated\\u2069"),
            ("in\u200bvisible\ufeff", "in\\u200bvisible\\ufeff"),
            ("\x9b31m", "\\x9b31m"),
            ("half\ud800", "half\\ud800"),
            ("next\u2028line", "next\\u2028line"),
        ],
    )
    def test_escapes_what_cannot_be_seen_and_nothing_else(self, text: str, read: str):
        assert escape_invisible(text) == read

    def test_keeps_line_breaks_where_asked(self):
        assert escape_invisible("one\ntwo\r", keep_lines=True) == "one\ntwo\\r"


def drawn(*cells: object) -> str:
    screen = Console(file=io.StringIO(), width=60, markup=out()._markup, emoji=out()._emoji)
    screen.print(table([f"Column {number}" for number, _ in enumerate(cells)], [cells]))
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


class TestTable:
    def test_markup_from_strangers_is_shown_as_it_is(self):
        assert "[red]:fire:[/red] [link=x]y" in drawn("[red]:fire:[/red] [link=x]y")

    def test_escapes_its_cells(self):
        assert "\\x1b]0;" in drawn("\x1b]0;")

    def test_an_id_in_the_first_column_is_not_wrapped(self):
        assert "0123456789ab" in drawn("0123456789ab", *["x" * 60] * 3)
        assert "0123456789ab" not in drawn("x" * 60, *["0123456789ab"] * 6)

    def test_cuts_nothing_off(self):
        assert drawn("x" * 200).count("x") == 200


def test_in_a_pipe_a_row_of_a_table_is_one_line_with_tabs(capsys: pytest.CaptureFixture[str]):
    print_table(("Name", "Why"), [("ana\tb", "x" * 300), ("ben", None)])
    assert capsys.readouterr().out == f"ana\\tb\t{'x' * 300}\nben\t-\n"


@pytest.mark.parametrize(
    ("number", "or_more", "text"),
    [
        (0, False, "0 messages"),
        (1, False, "1 message"),
        (1, True, "1 or more messages"),
        (2000, False, "2,000 messages"),
    ],
)
def test_one_thing_is_written_as_one(number: int, or_more: bool, text: str):
    assert quantity(number, "message", or_more=or_more) == text


def test_results_break_between_words_in_a_terminal(monkeypatch: pytest.MonkeyPatch):
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 40))
    with os.fdopen(ours, "rb", buffering=0) as screen, os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        print_line(f"  evidence of {'ab' * 32}, and nothing else that is open")
        terminal.flush()
        assert screen.read(4096).decode().splitlines() == [
            "  evidence of",
            f"  {'ab' * 32},",
            "  and nothing else that is open",
        ]


def test_errors_break_between_words_in_a_terminal(monkeypatch: pytest.MonkeyPatch):
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 40))
    with os.fdopen(ours, "rb", buffering=0) as screen, os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with pytest.raises(SystemExit):
            app(["list", "--json", "nonsense"])
        terminal.flush()
        said = b""
        while b"approvalsNeeded" not in said:
            said += screen.read(4096)
    lines = said.decode().splitlines()[3:]
    assert max(map(len, lines)) <= 40
    assert " ".join(lines).startswith("Error: --json: there is no key nonsense; there are reviewId, state, verdict,")
