"""The evidence of one review, and whether all of it is what the audit trail has recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import rfc8785

from compliance.document import review_id
from compliance.history import AuditEvent
from compliance.people.levels import Act, Level, demanded_level
from contracts.digest import digest_of, text_digest
from contracts.document_metadata import AUDIT_DIGEST, AUDIT_RECORD, REVIEW_ID
from contracts.proofs.attestation import claimed_level
from evidence.chain import DECISION, VERDICT, Json, StoredRecord
from evidence.chain_check import Anchor, Fault, FaultKind, anchor_fault, first_chain_fault
from evidence.event_check import EVENT, event_fault, event_identity_fault
from evidence.head_facts import facts_of
from evidence.past_state import recorded_facts
from evidence.rule_check import first_unsupported_record

_COUNT: Final = re.compile("[0-9]{1,9}")
MOVED: Final = "the metadata of the moved document"
GIVEN: Final = "the digest that you gave"
# What is proved in the head, the name of its proof there, and the record of it.
PROVEN_ACTS: Final = {
    "the withdrawal": ("withdrawalProof", AuditEvent.REVIEW_WITHDRAWN, Act.WITHDRAW),
    "the retraction": ("retractionProof", AuditEvent.RETRACTION_REQUESTED, Act.RETRACT),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One review as it is stored, and what others have kept of it."""

    review_id: str
    head: Json  # evidence.head_facts.head_content
    records: tuple[StoredRecord, ...]
    decisions: tuple[Json, ...]  # evidence.chain.decision_content
    event: Json | None = None  # the completion event as somebody received it
    copy: Json | None = None  # {location, metadata} of the published or archived blob
    digest: str | None = None  # an `auditDigest` that somebody has kept
    document_sha256: str | None = None  # of the bytes at hand


def first_fault(evidence: Evidence) -> Fault | None:
    """Find the first piece of evidence that is not what was recorded, or that the rules do not support."""
    return first_alteration(evidence) or first_unsupported_record(evidence.head, evidence.records, evidence.decisions)


def first_alteration(evidence: Evidence) -> Fault | None:
    """Find the first piece of evidence that is not what was recorded: the records first, then what they commit to."""
    head = evidence.head
    end = Anchor("the review's head", int(head["lastAudit"]), str(head.get("auditDigest")))
    checks = (
        lambda: first_chain_fault(evidence.review_id, evidence.records, end),
        lambda: next(_decision_faults(evidence), None),
        lambda: _head_fault(evidence),
        lambda: next(_missing_proofs(evidence), None),
        lambda: _document_fault(evidence),
        lambda: _event_fault(evidence),
        lambda: _copy_fault(evidence),
        lambda: _digest_fault(evidence),
        lambda: next(filter(None, (anchor_fault(evidence.records, anchor) for anchor in anchors(evidence))), None),
    )
    return next(filter(None, (check() for check in checks)), None)


def anchors(evidence: Evidence) -> Iterator[Anchor]:
    """Yield every digest of the trail that is kept outside of it and at hand."""
    event = evidence.event
    if event and (not is_from_before_repair(evidence, event) or _names_record(evidence, event)):
        yield Anchor(EVENT, event["data"]["auditRecords"], event["data"]["auditDigest"])
    metadata: Mapping[str, str] = evidence.copy["metadata"] if evidence.copy else {}
    if AUDIT_DIGEST in metadata:
        number = metadata.get(AUDIT_RECORD, "")
        yield Anchor(MOVED, int(number) if _COUNT.fullmatch(number) else 0, metadata[AUDIT_DIGEST])
    for number, record in enumerate(evidence.records, start=1):
        if evidence.digest and record.digest == evidence.digest:
            yield Anchor(GIVEN, number, evidence.digest)


def is_from_before_repair(evidence: Evidence, event: Json) -> bool:
    """Return whether an operator has repaired the review since its event was announced.

    The event then has another ending, and may name a record that the ledger has lost.
    """
    repairs = [
        number
        for number, record in enumerate(evidence.records, start=1)
        if record.content.get("event") == AuditEvent.REVIEW_REPAIRED
    ]
    is_later = bool(repairs) and event["data"]["auditRecords"] >= repairs[-1] and _names_record(evidence, event)
    return bool(repairs) and not is_later


def _names_record(evidence: Evidence, event: Json) -> bool:
    number: int = event["data"]["auditRecords"]
    return 1 <= number <= len(evidence.records) and evidence.records[number - 1].digest == event["data"]["auditDigest"]


def _event_fault(evidence: Evidence) -> Fault | None:
    event = evidence.event
    if event is None:
        return None
    head, decisions = _head_when_announced(evidence, event), evidence.decisions
    if is_from_before_repair(evidence, event):
        return event_identity_fault(event, head)
    return event_fault(event, head, decisions)


def _decision_faults(evidence: Evidence) -> Iterator[Fault]:
    stored = {decision.get("seq"): decision for decision in evidence.decisions}
    for number, record in enumerate(evidence.records, start=1):
        commitment: Mapping[str, Any] | None = record.content["facts"].get(DECISION)
        if commitment is None:
            continue
        seq = commitment["seq"]
        where = f"decision {seq}, of record {number}"
        decision = stored.pop(seq, None)
        if decision is None:
            yield Fault(where, FaultKind.MISSING, f"record {number} commits to it")
        elif _digest(decision) != commitment["sha256"]:
            yield Fault(where, FaultKind.EDITED, f"record {number} commits to another content")
    for seq in stored:
        yield Fault(f"decision {seq}", FaultKind.FOREIGN, "no record commits to it")


def _head_fault(evidence: Evidence) -> Fault | None:
    recorded, stored = recorded_facts(evidence.records), facts_of(evidence.head)
    for name in sorted(recorded.keys() | stored.keys()):
        if recorded.get(name) != stored.get(name):
            return Fault("the review's head", FaultKind.EDITED, f"its {name} is not what the records say")
    if empty := sorted(name for name, value in evidence.head.items() if value is None):
        return Fault("the review's head", FaultKind.FOREIGN, f"it holds {empty[0]}, which is null")
    for what, (proof, event, _) in PROVEN_ACTS.items():
        if evidence.head.get(proof) and not _has_record(evidence, event):
            return Fault("the review's head", FaultKind.FOREIGN, f"it holds the proof of {what} that no record names")
    return None


def _missing_proofs(evidence: Evidence) -> Iterator[Fault]:
    """Yield decisions without the proof that the policy demands: who may write the ledger cannot sign."""
    named = evidence.head["policy"].get("proof", Level.NONE)
    level = Level(named) if named in list(Level) else Level.OWN_KEY  # that no head can hold another is checked later
    of_submitters = (
        Level.SIGN_IN if evidence.head["policy"].get("submitterProof", Level.NONE) != Level.NONE else Level.NONE
    )
    if not _has_record(evidence, AuditEvent.REVIEW_REPAIRED):  # the ledger may have lost it with the review
        yield from _missing_proof("the submission", evidence.head.get("submissionProof"), of_submitters)
    for decision in evidence.decisions:
        where, vote = f"decision {decision['seq']}", decision.get(VERDICT)
        act = Act(vote) if vote in list(Act) else Act.APPROVE
        yield from _missing_proof(where, decision.get("proof"), demanded_level(level, act))
        if decision.get("onBehalfOf"):
            yield from _missing_proof(f"the delegation behind {where}", decision.get("delegationProof"), level)
    for what, (proof, event, act) in PROVEN_ACTS.items():
        if _has_record(evidence, event):
            yield from _missing_proof(what, evidence.head.get(proof), demanded_level(level, act, of_submitters))


def _missing_proof(where: str, proof: str | None, demanded: Level) -> Iterator[Fault]:
    if not (level := claimed_level(proof)).reaches(demanded):
        text = f"the policy demands a proof of the level {demanded}, and there is one of the level {level}"
        yield Fault(where, FaultKind.MISSING, text)


def _document_fault(evidence: Evidence) -> Fault | None:
    document = evidence.head["document"]
    if review_id(document["container"], document["name"], document["etag"]) != evidence.review_id:
        text = "its container, name and ETag are not those that the review's id stands for"
        return Fault("the document", FaultKind.FOREIGN, text)
    if evidence.document_sha256 and evidence.document_sha256 != document.get("sha256"):
        text = f"its bytes have the SHA-256 {evidence.document_sha256}, decided on was {document.get('sha256')}"
        return Fault("the document", FaultKind.EDITED, text)
    return None


def _copy_fault(evidence: Evidence) -> Fault | None:
    if evidence.copy is None:
        return None
    if evidence.copy["location"] != evidence.head.get("location"):
        return Fault(MOVED, FaultKind.FOREIGN, "the document was moved elsewhere")
    if evidence.copy["metadata"].get(REVIEW_ID) != evidence.review_id:
        return Fault(MOVED, FaultKind.FOREIGN, "it names another review")
    return None


def _digest_fault(evidence: Evidence) -> Fault | None:
    """Check that some record has the digest that was given. It names no record, so none is blamed."""
    if evidence.digest is None or any(anchor.source == GIVEN for anchor in anchors(evidence)):
        return None
    text = "no record has it: it is another review's, or the record that had it was rewritten or removed"
    return Fault(GIVEN, FaultKind.MISSING, text)


def _has_record(evidence: Evidence, event: AuditEvent) -> bool:
    return any(record.content["event"] == event for record in evidence.records)


def _head_when_announced(evidence: Evidence, event: Json) -> Json:
    """Return the head as the completion event has it: a retraction may have moved the document since."""
    announced = event["data"].get("location")
    known = recorded_facts(evidence.records[: event["data"]["auditRecords"]]).get("locationSha256")
    if announced is None or text_digest(str(announced)) != known:
        return evidence.head
    return {**evidence.head, "location": announced}


def _digest(content: Json) -> str | None:
    try:
        return digest_of(content)
    except rfc8785.CanonicalizationError:
        return None
