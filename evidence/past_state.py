"""The state of a review at any moment of its past, from the records of its audit trail alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from compliance.outcome import ReviewState
from compliance.review import AuditEvent, Head
from evidence.chain import DECISION
from evidence.chain_check import Line
from evidence.head_facts import Facts, combined, facts_of, head_in

_BY_DIGEST: Final = {"location": "locationSha256", "withdrawalProof": "withdrawalProofSha256"}


@dataclass(frozen=True, slots=True)
class PastState:
    """What was known after the first `records` records. `facts` are those of `evidence.head_facts`."""

    records: int
    facts: Facts
    decisions: tuple[Facts, ...]  # seq, reviewer, decision, enqueuedAt, sha256: of all that was said


def state_at(lines: Sequence[Line], moment: datetime) -> PastState | None:
    """The state at a moment; None before the review was opened."""
    return state_after(lines, sum(1 for taken in effective_times(lines) if taken <= moment))


def state_after(lines: Sequence[Line], records: int) -> PastState | None:
    """The state that so many records have led to; None for none."""
    if not records:
        return None
    done = lines[:records]
    decisions = tuple(_decision(line) for line in done if line.content["event"] == AuditEvent.DECISION_RECORDED)
    return PastState(records, {"state": ReviewState.OPEN.value, **recorded_facts(done)}, decisions)


def head_then(state: PastState, last: Facts) -> Head:
    """The head of a past state. What the trail holds by its digest only is taken from `last`, the last head's JSON.

    So its policy is the last one: see `has_last_policy`.
    """
    facts = {name: fact for name, fact in state.facts.items() if name not in _BY_DIGEST.values()}
    words = {name: last[name] for name, digest in _BY_DIGEST.items() if digest in state.facts and name in last}
    document = {**facts["document"], "name": last["document"]["name"]}
    return head_in({**facts, **words, "reviewId": last["reviewId"], "document": document, "policy": last["policy"]})


def has_last_policy(state: PastState, last: Facts) -> bool:
    """Whether the policy was the one of the end: findings or an escalation may have changed it since."""
    return state.facts["policy"] == facts_of(last)["policy"]


def recorded_facts(lines: Sequence[Line]) -> Facts:
    """The facts of the review's head that these records have led to."""
    return combined(
        {name: value for name, value in line.content["facts"].items() if name != DECISION} for line in lines
    )


def effective_times(lines: Sequence[Line]) -> Iterator[datetime]:
    """When each record took effect: at its own time, or where it has none at storage's, never before the one before.

    A decision's own time is the broker's, which may lie before that of a record that took effect first.
    """
    latest: datetime | None = None
    for line in lines:
        own = datetime.fromisoformat(str(line.content.get("at") or line.stored_at))
        latest = max(latest, own) if latest else own
        yield latest


def _decision(line: Line) -> Facts:
    content = line.content
    said: Facts = content["facts"][DECISION]
    return {
        "seq": said["seq"],
        "reviewer": content.get("who"),
        "decision": content.get("detail"),
        "enqueuedAt": content.get("at"),
        **{name: value for name, value in said.items() if name != "seq"},
    }
