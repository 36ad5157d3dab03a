"""A review's timeline: its audit records, with what is in head and decisions beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from cli.json_output import JsonOutput
from cli.reviews.view import ReviewView
from compliance.history import AuditEvent, AuditRecord


class TimelineEntry(JsonOutput):
    """An audit record as it is shown."""

    seq: int
    event: str
    at: datetime | None  # None if only storage knows the time
    stored_at: datetime
    who: str | None
    on_behalf_of: str | None  # whose delegate decided
    signed: bool  # True for a submission, decision, withdrawal or retraction with a proof of identity
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
            signed=bool(proofs.get(record.event) or (decision and decision.proof)),
            detail=record.detail,
        )


def decision_seq(record: AuditRecord) -> int:
    """Return the number of the record's decision, or 0, also for a damaged record: `verify` reports it."""
    decision = record.facts.get("decision")
    seq = decision.get("seq") if isinstance(decision, Mapping) else None
    return seq if isinstance(seq, int) else 0
