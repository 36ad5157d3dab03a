"""A review's timeline: its audit records, with what is in head and decisions beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from cli.json_output import JsonOutput
from cli.reviews.view import ReviewView
from compliance.history import AuditEvent, AuditRecord
from compliance.people.levels import Level


class TimelineEntry(JsonOutput):
    """An audit record as it is shown."""

    seq: int
    event: str
    at: datetime | None  # None if only storage has the time
    stored_at: datetime
    who: str | None
    on_behalf_of: str | None  # whose delegate decided
    proof: Level  # of a submission, decision, withdrawal or retraction
    detail: str | None


def timeline(view: ReviewView) -> Iterator[TimelineEntry]:
    """Yield an entry for each record, oldest first."""
    decisions = {row.seq: row.decision for row in view.decisions}
    for record, stored_at in view.records:
        decision = decisions.get(decision_seq(record))
        proofs = {
            AuditEvent.REVIEW_OPENED: view.head.submission_proof,
            AuditEvent.REVIEW_WITHDRAWN: view.head.withdrawal_proof,
            AuditEvent.RETRACTION_REQUESTED: view.head.retraction_proof,
        }
        yield TimelineEntry(
            seq=record.seq,
            event=record.event,
            at=record.at,
            stored_at=stored_at,
            who=record.who,
            on_behalf_of=decision.on_behalf_of if decision else None,
            proof=level_of(decision.proof if decision else proofs.get(record.event)),
            detail=record.detail,
        )


def level_of(proof: str | None) -> Level:
    """Return the level of a recorded proof, which was verified before it was recorded."""
    if proof is None:
        return Level.NONE
    from contracts.proofs.attestation import claimed_level  # which is slow to import, and most reviews have none

    return claimed_level(proof)


def decision_seq(record: AuditRecord) -> int:
    """Return the number of the record's decision, or 0, also for a damaged record: `verify` reports it."""
    decision = record.facts.get("decision")
    seq = decision.get("seq") if isinstance(decision, Mapping) else None
    return seq if isinstance(seq, int) else 0
