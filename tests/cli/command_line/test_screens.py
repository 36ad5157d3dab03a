"""Screens of commands that need no stack, or are shown what a stack would say: in a terminal and in a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cli.doctor.diagnosis import Trouble
from cli.doctor.examination import print_findings
from cli.doctor.remedies import REMEDIES, TroubleKind
from tests.cli.running import run
from tests.cli.screens import WIDTHS, check_screen, command, screen

FINDINGS = [
    Trouble.model_validate({"trouble": kind, "where": where, "since": since, "cause": cause, "remedy": REMEDIES[kind]})
    for kind, where, since, cause in (
        (
            TroubleKind.OVERDUE,
            "review " + "4f2a91c0" * 8,
            datetime(2026, 3, 5, 9, 30, tzinfo=UTC),
            "its deadline and the grace period have passed, and it is still open",
        ),
        (TroubleKind.DEAD_LETTERED, "review-decisions", None, "3 messages"),
    )
]


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be in another zone than UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("name", ["help", "help-list"])
def test_screens_of_help(monkeypatch: pytest.MonkeyPatch, name: str):
    words = [*name.split("-")[1:], "-h"]
    for kind, width in WIDTHS.items():
        check_screen(name, kind, screen(monkeypatch, width, command(words)) if width else run(*words).out)


def test_screens_of_findings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    for kind, width in WIDTHS.items():
        if width:
            check_screen("doctor", kind, screen(monkeypatch, width, lambda: print_findings(FINDINGS)))
        else:
            print_findings(FINDINGS)
            check_screen("doctor", kind, capsys.readouterr().out)
