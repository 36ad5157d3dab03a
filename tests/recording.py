"""Decisions recorded straight in a ledger, without a message."""

from __future__ import annotations

from dataclasses import replace

from adapters.ledger.store import Ledger
from compliance.review import Decision
from compliance.rulings import Ruling
from compliance.transitions import record


async def record_decision(ledger: Ledger, review_id: str, decision: Decision) -> Ruling | None:
    """Record a decision as `reviews.recording` does. None if there is no such review."""
    ruling = None
    async for attempt in ledger.attempts(review_id):
        ruling = record(attempt.review.head, attempt.review.decisions, decision)
        if ruling:
            ruling = replace(ruling, transition=await attempt.commit(ruling.transition))
    return ruling
