"""The state of a review at any moment of its past, from the records of its audit trail alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from compliance.history import AuditEvent
from compliance.outcome import ReviewState
from compliance.review import Head
from evidence.chain import DECISION, StoredRecord
from evidence.head_facts import Facts, facts_after, facts_of, head_in

_BY_DIGEST: Final = {
    name: f"{name}Sha256" for name in ("location", "submissionProof", "withdrawalProof", "retractionProof")
}


@dataclass(frozen=True, slots=True)
class PastState:
    """The state after the first `records` records. `facts` are those of `evidence.head_facts`."""

    records: int
    facts: Facts
    decisions: tuple[Facts, ...]  # seq, reviewer, decision, enqueuedAt; sha256 of the whole decision


def state_at(records: Sequence[StoredRecord], moment: datetime) -> PastState | None:
    """Return the state at a moment; None if the review was not open yet."""
    return state_after(records, sum(1 for time in effective_times(records) if time <= moment))


def state_after(records: Sequence[StoredRecord], number: int) -> PastState | None:
    """Return the state after the first `number` records; None if that is 0."""
    if not number:
        return None
    first = records[:number]
    decisions = tuple(
        _decision(record.content) for record in first if record.content["event"] == AuditEvent.DECISION_RECORDED
    )
    return PastState(number, {"state": ReviewState.OPEN.value, **recorded_facts(first)}, decisions)


def past_head(state: PastState, last: Facts) -> Head:
    """Return the head of a past state. `last` is the last head's JSON.

    What the trail holds only by its digest is taken from `last`, and so is the policy: see `has_last_policy`.
    """
    facts = {name: fact for name, fact in state.facts.items() if name not in _BY_DIGEST.values()}
    words = {name: last[name] for name, digest in _BY_DIGEST.items() if digest in state.facts and name in last}
    document = {**facts["document"], "name": last["document"]["name"]}
    return head_in({**facts, **words, "reviewId": last["reviewId"], "document": document, "policy": last["policy"]})


def has_last_policy(state: PastState, last: Facts) -> bool:
    """Return whether the policy is still the one of the end: findings or an escalation may have changed it since."""
    return state.facts["policy"] == facts_of(last)["policy"]


def recorded_facts(records: Sequence[StoredRecord]) -> Facts:
    """Return the facts of the review's head after these records."""
    return facts_after(
        {name: value for name, value in record.content["facts"].items() if name != DECISION} for record in records
    )


def effective_times(records: Sequence[StoredRecord]) -> Iterator[datetime]:
    """Yield when each record took effect: its own time, else storage's; never earlier than the previous record's.

    A decision's own time is the broker's, which may be earlier than that of a record that took effect before it.
    """
    latest: datetime | None = None
    for record in records:
        own = datetime.fromisoformat(str(record.content.get("at") or record.stored_at))
        latest = max(latest, own) if latest else own
        yield latest


def _decision(content: Facts) -> Facts:
    commitment: Facts = content["facts"][DECISION]
    return {
        "seq": commitment["seq"],
        "reviewer": content.get("who"),
        "decision": content.get("detail"),
        "enqueuedAt": content.get("at"),
        **{name: value for name, value in commitment.items() if name != "seq"},
    }
