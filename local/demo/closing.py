"""The closing table: what storage, ledger, quarantine and received events say, against what must be."""

from __future__ import annotations

from local.demo.screen import ClosingRow
from local.demo.story import DEADLINE_HOURS, Malformed, Told
from local.stack.reviews import Ending
from local.stack.running import Stack
from local.stack.subscriber import completions

_QUARANTINE = "decisions-quarantine"
_REFUSED = "compliance.decision.refused.v1"
_WORDS = {
    "content_mismatch": "its content belies its name",
    "superseded": "it was overwritten while it waited",
    "expired": f"nobody answered within {DEADLINE_HOURS} h",
}


def closing_rows(stack: Stack, told: Told) -> list[ClosingRow]:
    """One row per review and one for the decision that was none, read afresh."""
    thrice = [] if told.repeated == ["recorded", "duplicate", "duplicate"] else [f"it was answered {told.repeated}"]
    *reviews, last = (_row(stack, ending) for ending in told.endings)
    repeated = ClosingRow(
        last.subject,
        last.outcome,
        last.where,
        f"{last.why} (sent three times)",
        last.event,
        [*last.contradictions, *thrice],
    )
    return [*reviews, repeated, _malformed_row(stack, told.malformed)]


def _row(stack: Stack, ending: Ending) -> ClosingRow:
    head = stack.ledger.head(ending.review_id) or {}
    places = [place.location for place in stack.documents.places(ending.name) if place.sha256 == ending.sha256]
    events = completions(stack.events, ending.review_id)
    return ClosingRow(
        subject=ending.name,
        outcome=str(head.get("outcome")),
        where=_short(", ".join(places), ending.review_id) or "nowhere: newer bytes took its place",
        why=_why(stack, ending, head.get("reason") or str(head.get("outcome"))),
        event=f"{events[0]['id'][:8]}..." if events else "none",
        contradictions=ending.contradictions(stack),
    )


def _why(stack: Stack, ending: Ending, reason: str) -> str:
    rows = stack.ledger.decisions(ending.review_id)
    said = [f"{row['reviewer'].partition('@')[0]}: {row.get('comment') or row['verdict']}" for row in rows]
    return "; ".join(said) or _WORDS.get(reason, reason)


def _malformed_row(stack: Stack, malformed: Malformed) -> ClosingRow:
    kept = [each for each in stack.messages.peek(_QUARANTINE) if each.correlation_id == malformed.message_id]
    told = [
        event
        for event in stack.events.events()
        if event["type"] == _REFUSED and event["data"].get("reviewId") == malformed.review_id
    ]
    wrong = [
        *([] if malformed.answer["answer"] == "malformed" else [f"it was answered {malformed.answer}"]),
        *([] if len(kept) == 1 else [f"the quarantine holds it {len(kept)} times"]),
        *(
            []
            if {event["data"]["answer"] for event in told} == {"malformed"}
            else ["no event says that it is malformed"]
        ),
    ]
    return ClosingRow(
        subject='decision "Approve"',
        outcome="refused",
        where=_QUARANTINE if kept else "nowhere",
        why="malformed: not exactly approve or reject",
        event=f"refusal {told[0]['id'][:8]}..." if told else "none",
        contradictions=wrong,
    )


def _short(location: str, review_id: str) -> str:
    return location.replace(review_id, review_id[:8] + "...")
