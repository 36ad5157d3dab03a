"""The audit trail as a hash chain: every record holds the digest of the one before, so none can change unnoticed.

A digest is SHA-256 over RFC 8785 canonical JSON, https://www.rfc-editor.org/rfc/rfc8785
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.alias_generators import to_camel

from compliance.review import AuditRecord, Decision, Head, RecordedDecision, Transition
from contracts.digest import digest_of
from evidence.head_facts import changes, snake

Json = dict[str, Any]

FIRST_PREVIOUS: Final = "0" * 64  # what the first record of a chain names as the one before it
VERDICT: Final = "verdict"  # the stored name of a decision's vote
DECISION: Final = "decision"  # the fact that commits to a decision: its place, and the digest of all that was said

_RECORD = TypeAdapter(AuditRecord)
_DECISION = TypeAdapter(Decision)


def link(before: Head | None, done: Transition) -> Transition:
    """A transition with its record chained to the one before: what changed, which decision, which predecessor.

    Head, record and decision are written by one transaction under the ETag of `before`. So of two writers that both
    link to the same predecessor only one is stored, and no record is stored without the head that names its digest.
    """
    if done.audit is None:
        return done
    facts = changes(before, done.head)
    if done.decision:
        facts[DECISION] = _committed(done.decision)
    unsealed = replace(
        done.audit,
        at=done.audit.at.astimezone(UTC) if done.audit.at else None,
        facts=facts,
        previous=(before.audit_digest if before else None) or FIRST_PREVIOUS,
    )
    record = replace(unsealed, digest=digest_of(record_content(done.head.review_id, unsealed)))
    return replace(done, head=replace(done.head, audit_digest=record.digest), audit=record)


def _committed(recorded: RecordedDecision) -> Json:
    decision = recorded.decision
    committed: Json = {"seq": recorded.seq, "sha256": digest_of(decision_content(recorded))}
    if decision.on_behalf_of and decision.delegated_from and decision.delegated_until:
        committed |= {
            "onBehalfOf": decision.on_behalf_of,
            "delegatedFrom": decision.delegated_from.isoformat(),
            "delegatedUntil": decision.delegated_until.isoformat(),
        }
    return committed


def record_content(review_id: str, record: AuditRecord) -> Json:
    """What a record's digest covers: all of it but the digest, and whose record it is."""
    said = _said(_RECORD.dump_python(record, mode="json"))
    said.pop("digest", None)
    return {"reviewId": review_id, **said}


def decision_content(recorded: RecordedDecision) -> Json:
    """What the digest of a decision covers: everything that the ledger keeps of it."""
    columns = _DECISION.dump_python(recorded.decision, mode="json")
    return {"seq": recorded.seq, VERDICT: columns.pop("vote"), **_said(columns)}


def decision_in(content: Json) -> RecordedDecision:
    """The decision that `decision_content` was made of. Raises pydantic.ValidationError."""
    columns = snake(content)
    return RecordedDecision(columns.pop("seq"), _DECISION.validate_python({**columns, "vote": columns.get(VERDICT)}))


def _said(columns: Json) -> Json:
    return {to_camel(name): value for name, value in columns.items() if value is not None}
