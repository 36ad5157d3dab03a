"""Ctrl-C ends every command in one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cli.failures import ExitCode
from local.stack.eventually import eventually
from tests.cli.running import run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list"], "Interrupted.\n"),
        (["doctor"], "Interrupted.\n"),
        (["verify", "3f9a01"], "Interrupted.\n"),
        (["quarantine", "list"], "Interrupted.\n"),
        (["people", "history"], "Interrupted.\n"),
        (["delegate", "list"], "Interrupted.\n"),
        (
            ["decide", "3f9a01", "approve", "--as", "rita"],
            "Interrupted; whatever was sent or uploaded before stays in effect.\n",
        ),
        (
            ["reject", "3f9a01", "--as", "rita"],
            "Interrupted; whatever was sent or uploaded before stays in effect.\n",
        ),
        (
            ["people", "unbind", "ana", "--as", "olga", "--comment", "Left."],
            "Interrupted; whatever was sent or uploaded before stays in effect.\n",
        ),
    ],
)
def test_only_a_command_that_may_have_sent_something_speaks_of_it(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch
):
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.session.read_settings", interrupt)
    ended = run(*words)
    assert (ended.code, ended.out, ended.err) == (ExitCode.INTERRUPTED, "", said)


def test_a_question_that_nobody_answers_ends_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cli.session.read_settings", lambda _: click.confirm("Sure?"))
    ended = run("list")
    assert (ended.code, ended.out.strip(), ended.err) == (ExitCode.INTERRUPTED, "Sure? [y/N]:", "\nInterrupted.\n")


ASKING = """
import asyncio
from cli.documents.replacing import ask

async def submit():
    ask("Submit it?")

asyncio.run(submit())
"""


def test_one_ctrl_c_ends_a_question_that_is_asked_while_a_session_is_open():
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen, os.fdopen(theirs, "w") as terminal:
        asking = subprocess.Popen(  # noqa: S603 our own program
            [sys.executable, "-c", ASKING], stdin=terminal, stdout=subprocess.DEVNULL, stderr=terminal
        )
        said = b""
        try:
            while b"[y/N]: " not in said:
                said += screen.read(4096)
            state = Path(f"/proc/{asking.pid}/stat")
            eventually(lambda: state.read_text().rpartition(")")[2].split()[0] == "S", "it waits for an answer")
            asking.send_signal(signal.SIGINT)
            asking.wait(30)
        finally:
            asking.kill()
            asking.wait()
        while b"Abort" not in said:
            said += screen.read(4096)
