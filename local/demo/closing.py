"""The closing table: what storage, ledger, quarantine and received events show, against what must be."""

from __future__ import annotations

from local.demo.screen import ClosingRow
from local.demo.story import DEADLINE_HOURS, Malformed, Played
from local.stack.reviews import Ending
from local.stack.running import Stack
from local.stack.subscriber import REFUSED, completions

_QUARANTINE = "decisions-quarantine"
_EXPLANATIONS = {
    "content_mismatch": "content does not match its name",
    "superseded": "overwritten while it waited",
    "expired": f"nobody answered within {DEADLINE_HOURS} h",
}


def closing_rows(stack: Stack, played: Played) -> list[ClosingRow]:
    """Read the stack again and return one row per review and one for the malformed decision."""
    *reviews, last = (_row(stack, ending) for ending in played.endings)
    answers = played.answers_to_repeats
    wrong = [] if answers == ["recorded", "duplicate", "duplicate"] else [f"it was answered {answers}"]
    repeated = ClosingRow(
        last.subject,
        last.outcome,
        last.place,
        f"{last.reason} (sent three times)",
        last.event,
        [*last.contradictions, *wrong],
    )
    return [*reviews, repeated, _malformed_row(stack, played.malformed)]


def _row(stack: Stack, ending: Ending) -> ClosingRow:
    head = stack.ledger.head(ending.review_id) or {}
    containers = [blob.container for blob in stack.documents.blobs_named(ending.name) if blob.sha256 == ending.sha256]
    events = completions(stack.events, ending.review_id)
    return ClosingRow(
        subject=ending.name,
        outcome=str(head.get("outcome")),
        place=", ".join(containers) or "nowhere",
        reason=_reason(stack, ending, head.get("reason") or str(head.get("outcome"))),
        event=events[0]["id"][:8] if events else "none",
        contradictions=ending.contradictions(stack),
    )


def _reason(stack: Stack, ending: Ending, reason: str) -> str:
    rows = stack.ledger.decisions(ending.review_id)
    votes = [f"{row['reviewer'].partition('@')[0]}: {row.get('comment') or row['verdict']}" for row in rows]
    return "; ".join(votes) or _EXPLANATIONS.get(reason, reason)


def _malformed_row(stack: Stack, malformed: Malformed) -> ClosingRow:
    kept = [each for each in stack.messages.peek(_QUARANTINE) if each.correlation_id == malformed.message_id]
    events = [
        event
        for event in stack.events.events()
        if event["type"] == REFUSED and event["data"].get("reviewId") == malformed.review_id
    ]
    announced = {event["data"]["answer"] for event in events} == {"malformed"}
    wrong = [
        *([] if malformed.answer["answer"] == "malformed" else [f"it was answered {malformed.answer}"]),
        *([] if len(kept) == 1 else [f"the quarantine holds it {len(kept)} times"]),
        *([] if announced else ["no event announces that it is malformed"]),
    ]
    return ClosingRow(
        subject='decision "Approve"',
        outcome="refused",
        place="quarantine" if kept else "nowhere",
        reason="malformed: not in lower case",
        event=events[0]["id"][:8] if events else "none",
        contradictions=wrong,
    )
