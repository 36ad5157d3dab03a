"""A review as it was at a moment of its past, from its audit trail."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Final

from adapters.stored_evidence import FaultError
from cli.evidence_at_hand import evidence_in_ledger
from cli.failures import CommandError, ExitCode
from cli.local_time import LocalTime
from cli.reviews.view import ReviewView
from cli.session import Session
from compliance.history import AuditEvent, AuditRecord
from evidence.chain import StoredRecord, decision_in
from evidence.chain_check import Fault
from evidence.checks import Evidence, first_fault
from evidence.past_state import has_last_policy, past_head, state_at

_FRACTION: Final = re.compile(r":\d\d[.,]\d")  # of a second


async def read_past(session: Session, review: str, at: datetime) -> ReviewView:
    """Return a review as it was. Raises CommandError if it was not open yet or its evidence is not sound."""
    try:
        evidence = await evidence_in_ledger(session.ledger, review)
    except FaultError as error:
        raise _not_sound(error.fault) from error
    if fault := first_fault(evidence):
        raise _not_sound(fault)
    view = view_at(evidence, at)
    if view is None:
        raise CommandError(
            f"review {evidence.review_id} was not open yet at {LocalTime.here().stamp(at)}", ExitCode.NOT_FOUND
        )
    return view


def view_at(evidence: Evidence, at: datetime) -> ReviewView | None:
    """Return a review as it was, from sound evidence; None if it was not open yet."""
    state = state_at(evidence.records, at)
    if state is None:
        return None
    counted = {decision["seq"] for decision in state.decisions}
    return ReviewView(
        past_head(state, evidence.head),
        [decision_in(content) for content in evidence.decisions if content["seq"] in counted],
        [_audit_record(record) for record in evidence.records[: state.records]],
        at=at,
        rules_known=has_last_policy(state, evidence.head),
    )


def parse_moment(text: str, zone: tzinfo | None = None) -> datetime:
    """Return a moment of the past, in `zone` or that of this computer if it names none. Raises CommandError.

    Without a fraction it is the end of its second: times are printed to the second.
    """
    try:
        parsed = datetime.fromisoformat(text)
        at = (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        example = "such as 2026-03-02T09:30 or 2026-03-02T10:30:00+01:00"
        raise CommandError(f"{text!r} is not a time; write ISO 8601, {example}", ExitCode.USAGE) from error
    return at if _FRACTION.search(text) else at.replace(microsecond=999_999)


def _audit_record(record: StoredRecord) -> tuple[AuditRecord, datetime]:
    content, at = record.content, record.content.get("at")
    written = AuditRecord(
        content["seq"],
        AuditEvent(content["event"]),
        datetime.fromisoformat(at) if at else None,
        content.get("who"),
        content.get("detail"),
        content["facts"],
    )
    return written, datetime.fromisoformat(str(record.stored_at))


def _not_sound(fault: Fault) -> CommandError:
    return CommandError(f"the past cannot be shown: the evidence is not sound: {fault}", ExitCode.REFUSED)
