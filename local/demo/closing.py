"""The closing table: what storage, ledger, quarantine and received events show, against what must be."""

from __future__ import annotations

from local.demo.screen import ClosingRow
from local.demo.story import DEADLINE_HOURS, Malformed, Played
from local.stack.front_door import vouched_account
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
    *reviews, last = (_row(stack, ending, played) for ending in played.endings)
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


def _row(stack: Stack, ending: Ending, played: Played) -> ClosingRow:
    head = stack.ledger.head(ending.review_id) or {}
    containers = [blob.container for blob in stack.documents.blobs_named(ending.name) if blob.sha256 == ending.sha256]
    events = completions(stack.events, ending.review_id)
    return ClosingRow(
        subject=ending.name,
        outcome=str(head.get("outcome")),
        place=", ".join(containers) or "nowhere",
        reason=_reason(stack, ending, head.get("reason") or str(head.get("outcome"))),
        event=events[0]["id"][:8] if events else "none",
        contradictions=[*ending.contradictions(stack), *_wrongly_vouched(stack, ending, played)],
    )


def _wrongly_vouched(stack: Stack, ending: Ending, played: Played) -> list[str]:
    """Say if the ledger keeps another attestation than that of the front door; a review decided elsewhere has none."""
    review_id, account = played.vouched
    expected = [account] if ending.review_id == review_id else []
    found = _vouched_accounts(stack, ending.review_id)
    return [] if found == expected else [f"the front door vouches for {found}, but must for {expected}"]


def _vouched_accounts(stack: Stack, review_id: str) -> list[str | None]:
    rows = stack.ledger.decisions(review_id)
    return [vouched_account(row["proof"]) for row in rows if row.get("proof")]


def _reason(stack: Stack, ending: Ending, reason: str) -> str:
    rows = stack.ledger.decisions(ending.review_id)
    votes = [f"{row['reviewer'].partition('@')[0]}: {row.get('comment') or row['verdict']}" for row in rows]
    if _vouched_accounts(stack, ending.review_id):
        votes.append("the front door vouches")
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
