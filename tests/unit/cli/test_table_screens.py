"""What `quarantine list` and `delegate list` print for people, in a pipe and for a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from functools import partial

from cli.decisions.delegations import delegation_csv, delegation_lines
from cli.quarantine.refused_messages import RefusedMessageJson
from cli.quarantine.words import message_csv, message_lines
from compliance.people.delegation import Delegation
from compliance.people.levels import Level
from tests.unit.cli.screens import TIME, check_screens

DAY = timedelta(days=1)
DELEGATIONS = [
    Delegation("ann@example.org", "zoe@example.org", TIME.now - DAY, TIME.now + DAY, TIME.now, level=Level.SIGN_IN),
    Delegation("Maximiliana@subsidiary.example", "ben@example.org", TIME.now + 20 * DAY, TIME.now + 34 * DAY, TIME.now),
]


def refused(
    sender: str | None, because: str, explanation: str, review: str | None = "4f2a91c0" * 8
) -> RefusedMessageJson:
    return RefusedMessageJson(
        id="0c1d2e3f" * 8,
        queue="decisions-quarantine",
        review_id=review,
        sender=sender,
        refused_because=because,
        explanation=explanation,
        message_id="m-1",
        enqueued_at=TIME.now - timedelta(hours=3),
        length=212,
    )


MESSAGES = [
    refused("ann@example.org", "late", "the review was already decided (approve); nothing more can count"),
    refused(None, "malformed", "reviewId: it is missing; \x1b[2J", None),
    refused("=HYPERLINK()", "not_permitted", "nobody decides on a document of their own; ask another reviewer"),
]


def test_screens_of_delegations() -> None:
    check_screens("delegate-list", partial(delegation_lines, DELEGATIONS, TIME))


def test_screens_of_the_quarantine() -> None:
    check_screens("quarantine-list", partial(message_lines, MESSAGES, TIME))


def test_a_spreadsheet_gets_whole_values_and_no_formulas() -> None:
    header, late, _, formula = csv.reader(io.StringIO(message_csv(MESSAGES)))
    assert header == ["id", "queue", "arrived", "review", "sender", "reason", "explanation"]
    assert late[:4] == ["0c1d2e3f" * 8, "decisions-quarantine", "2026-03-03T08:30:00Z", "4f2a91c0" * 8]
    assert formula[4] == "'=HYPERLINK()"
    assert [row[:2] for row in csv.reader(io.StringIO(delegation_csv(DELEGATIONS)))] == [
        ["by", "to"],
        ["ann@example.org", "zoe@example.org"],
        ["Maximiliana@subsidiary.example", "ben@example.org"],
    ]
