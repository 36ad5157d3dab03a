"""The audit trail as a hash chain: every record holds the digest of the one before, so none can change unnoticed.

A digest is SHA-256 over RFC 8785 canonical JSON, https://www.rfc-editor.org/rfc/rfc8785
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any, Final

from pydantic.alias_generators import to_camel

from compliance.history import AuditRecord
from compliance.review import Decision, Head, RecordedDecision
from compliance.rulings import Transition
from contracts.digest import digest_of
from contracts.type_adapters import adapter_of
from evidence.head_facts import changes, snake_case

Json = dict[str, Any]

FIRST_PREVIOUS: Final = "0" * 64  # what the first record of a chain names as the one before it
VERDICT: Final = "verdict"  # the stored name of a decision's vote
DECISION: Final = "decision"  # the fact that commits to a decision, by its number and its digest


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """An audit record as it was read back. `content` is all that its digest must cover, whatever it is now."""

    content: Json
    digest: str | None
    stored_at: str | None = None  # ISO 8601: storage's time, which no digest covers


def link(before: Head | None, transition: Transition) -> Transition:
    """Chain the record of a transition that writes to the record before: add what changed, the decision, the digests.

    One transaction writes head, record and decision under the ETag of `before`. So only one of two writers that link to
    the same predecessor is stored, and no record is stored without the head that names its digest.
    """
    record = transition.record
    facts = changes(before, transition.head)
    if transition.decision:
        facts[DECISION] = _commitment(transition.decision)
    record = replace(
        record,
        at=record.at.astimezone(UTC) if record.at else None,
        facts=facts,
        previous=(before.audit_digest if before else None) or FIRST_PREVIOUS,
    )
    record = replace(record, digest=digest_of(record_content(transition.head.review_id, record)))
    return replace(transition, head=replace(transition.head, audit_digest=record.digest), audit=record)


def _commitment(recorded: RecordedDecision) -> Json:
    decision = recorded.decision
    commitment: Json = {"seq": recorded.seq, "sha256": digest_of(decision_content(recorded))}
    if decision.on_behalf_of and decision.delegated_from and decision.delegated_until:
        commitment |= {
            "onBehalfOf": decision.on_behalf_of,
            "delegatedFrom": decision.delegated_from.isoformat(),
            "delegatedUntil": decision.delegated_until.isoformat(),
        }
    return commitment


def record_content(review_id: str, record: AuditRecord) -> Json:
    """Return what a record's digest covers: the review's id, and the whole record except the digest."""
    content = _json(adapter_of(AuditRecord).dump_python(record, mode="json"))
    content.pop("digest", None)
    return {"reviewId": review_id, **content}


def decision_content(recorded: RecordedDecision) -> Json:
    """Return what a decision's digest covers: everything that the ledger keeps of it."""
    columns = adapter_of(Decision).dump_python(recorded.decision, mode="json")
    return {"seq": recorded.seq, VERDICT: columns.pop("vote"), **_json(columns)}


def decision_in(content: Json) -> RecordedDecision:
    """Return the decision with this `decision_content`. Raises pydantic.ValidationError."""
    columns = snake_case(content)
    return RecordedDecision(
        columns.pop("seq"), adapter_of(Decision).validate_python({**columns, "vote": columns.get(VERDICT)})
    )


def _json(columns: Json) -> Json:
    return {to_camel(name): value for name, value in columns.items() if value is not None}
