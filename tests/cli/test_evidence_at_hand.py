"""Evidence is gathered in several looks, between which the review goes on."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from cli import evidence_at_hand as gathering
from contracts.messages.events import review_completed
from evidence.chain import Json
from evidence.checks import Evidence, first_fault
from evidence.head_facts import head_content
from tests.journeys import approved

CLOSED = approved()
STAGES = tuple(
    replace(CLOSED.evidence(), head=head_content(head), records=tuple(CLOSED.records[:number]))
    for number, head in enumerate(CLOSED.heads, start=1)
)
REVIEW = STAGES[0].review_id


async def test_a_review_that_is_closed_and_announced_meanwhile_is_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter(STAGES[-2:])  # each look at anything finds the review one record further

    async def event(*_: object) -> Json | None:
        if next(looks) is not STAGES[-1]:
            return None
        return {"id": REVIEW, "data": review_completed(CLOSED.heads[-1], CLOSED.decisions).wire()}

    async def rows(*_: object) -> Evidence:
        return next(looks)

    async def copy(*_: object) -> None:
        return None

    monkeypatch.setattr(gathering, "completion_event", event)
    monkeypatch.setattr(gathering, "stored_evidence", rows)
    monkeypatch.setattr(gathering, "copy_of", copy)
    session: Any = SimpleNamespace(ledger=None, messages=None, documents=None)
    found = await gathering.evidence_at_hand(session, REVIEW)
    assert first_fault(found) is None
