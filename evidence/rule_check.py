"""Checks that the rules lead to what an audit trail says: each transition is made again and compared with its record.

Each record holds what the review had changed to. The state before it, the recorded inputs and the rules of `compliance`
give what it must have changed to. So a decision that may not count, a verdict without the decisions for it, or one that
comes too early, too late or not at all, shows even in a chain whose digests are right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from compliance.history import AuditEvent
from compliance.review import RecordedDecision
from evidence.chain import DECISION, Json, StoredRecord, decision_in, record_content
from evidence.chain_check import Fault, FaultKind
from evidence.head_facts import head_in
from evidence.rerun import NotAllowedError, Rerun

_SETS_POLICY: Final = (
    AuditEvent.REVIEW_OPENED,
    AuditEvent.DOCUMENT_INSPECTED,
    AuditEvent.REVIEW_ESCALATED,
    AuditEvent.PLACE_REASSIGNED,
)
_MOST_SHOWN: Final = 100  # characters of a value that a record holds


def first_unsupported_record(head: Json, records: Sequence[StoredRecord], decisions: Sequence[Json]) -> Fault | None:
    """Find the first record to which the rules do not lead. The records must commit to head and decisions."""
    try:
        last = head_in(head)
        if last.schedule:
            _need_zones((last.schedule.last_deadline, last.schedule.escalation))
    except (ValueError, OverflowError):  # pydantic's errors are ValueErrors
        return Fault("the review's head", FaultKind.EDITED, "it holds what no head can hold")
    recorded: dict[int, RecordedDecision] = {}
    for content in decisions:
        try:
            row = decision_in(content)
            decision = row.decision
            _need_zones(
                (decision.enqueued_at, decision.copy_enqueued_at, decision.delegated_from, decision.delegated_until)
            )
        except (ValueError, OverflowError):
            return Fault(f"decision {content['seq']}", FaultKind.EDITED, "it holds what no decision can hold")
        recorded[row.seq] = row
    rerun = Rerun(last, recorded)
    faults = (_fault(rerun, number, record.content) for number, record in enumerate(records, start=1))
    return next(filter(None, faults), None)


def _need_zones(times: Sequence[datetime | None]) -> None:
    if any(time and time.tzinfo is None for time in times):
        raise ValueError("a time without a zone")


def _fault(rerun: Rerun, number: int, content: Json) -> Fault | None:
    commitment = content["facts"].get(DECISION)
    where = f"decision {commitment['seq']}, of record {number}" if commitment else f"record {number}"
    try:
        transition = rerun.apply(content)
    except NotAllowedError as refused:
        return Fault(where, FaultKind.UNSUPPORTED, f"the rules do not allow it: {refused}")
    except (ValueError, OverflowError) as impossible:
        return Fault(where, FaultKind.UNSUPPORTED, f"the rules have nothing of the kind: {impossible}")
    differences = "; ".join(_differences(content, record_content(transition.head.review_id, transition.record)))
    return Fault(where, FaultKind.UNSUPPORTED, f"by the rules: {differences}") if differences else None


def _differences(stored: Json, expected: Json) -> Iterator[str]:
    """Yield what differs between a record and the one to which the rules lead."""
    found, right = _values(stored), _values(expected)
    for name in sorted(found.keys() | right.keys()):
        recorded, by_rules = found.get(name, "unchanged"), right.get(name, "unchanged")
        if recorded != by_rules:
            yield f"{name} {str(by_rules)[:_MOST_SHOWN]}, not {str(recorded)[:_MOST_SHOWN]}"


def _values(content: Json) -> dict[str, Any]:
    facts = {name: fact for name, fact in content["facts"].items() if name != "policy"}
    if content["event"] not in _SETS_POLICY and "policy" in content["facts"]:
        facts["policy"] = content["facts"]["policy"]
    return {name: content.get(name) for name in ("at", "who", "detail")} | facts
