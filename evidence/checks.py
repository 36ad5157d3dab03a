"""What is known of one review, and whether all of it is what the audit trail has recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import rfc8785

from compliance.document import review_id
from compliance.review import AuditEvent
from contracts.document_metadata import AUDIT_DIGEST, AUDIT_RECORD, REVIEW_ID
from contracts.messages.outbound import MOST_LISTED
from evidence.chain import DECISION, Json, digest_of
from evidence.chain_check import Anchor, Fault, Line, Wrong, anchor_fault, first_fault
from evidence.head_facts import facts_of
from evidence.past_state import recorded_facts
from evidence.rule_check import first_unsupported

_EVENT: Final = "the completion event"
MOVED: Final = "the metadata of the moved document"
GIVEN: Final = "the digest that you gave"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One review as it is stored, and what others have kept of it."""

    review_id: str
    head: Json  # evidence.head_facts.head_content
    lines: tuple[Line, ...]
    decisions: tuple[Json, ...]  # evidence.chain.decision_content
    event: Json | None = None  # the completion event as somebody received it
    copy: Json | None = None  # {location, metadata} of the published or archived blob
    digest: str | None = None  # an `auditDigest` that somebody has kept
    document_sha256: str | None = None  # of the bytes at hand


def first_wrong(evidence: Evidence) -> Fault | None:
    """The first piece of evidence that is not what was recorded, or that the rules do not support, or None."""
    return first_altered(evidence) or first_unsupported(evidence.head, evidence.lines, evidence.decisions)


def first_altered(evidence: Evidence) -> Fault | None:
    """The first piece of evidence that is not what was recorded, or None: the records, then what they commit to."""
    head = evidence.head
    end = Anchor("the review's head", int(head["lastAudit"]), str(head.get("auditDigest")))
    checks = (
        lambda: first_fault(evidence.review_id, evidence.lines, end),
        lambda: next(_wrong_decisions(evidence), None),
        lambda: _wrong_head(evidence),
        lambda: next(_missing_proofs(evidence), None),
        lambda: _wrong_document(evidence),
        lambda: _wrong_event(evidence),
        lambda: _wrong_copy(evidence),
        lambda: _wrong_digest(evidence),
        lambda: next(filter(None, (anchor_fault(evidence.lines, anchor) for anchor in anchors(evidence))), None),
    )
    return next(filter(None, (check() for check in checks)), None)


def anchors(evidence: Evidence) -> Iterator[Anchor]:
    """Every digest of the trail that is kept outside of it and at hand."""
    if event := evidence.event:
        yield Anchor(_EVENT, event["data"]["auditRecords"], event["data"]["auditDigest"])
    metadata: Mapping[str, str] = evidence.copy["metadata"] if evidence.copy else {}
    if AUDIT_DIGEST in metadata:
        record = metadata.get(AUDIT_RECORD, "")
        yield Anchor(MOVED, int(record) if record.isdecimal() else 0, metadata[AUDIT_DIGEST])
    for number, line in enumerate(evidence.lines, start=1):
        if evidence.digest and line.digest == evidence.digest:
            yield Anchor(GIVEN, number, evidence.digest)


def _wrong_event(evidence: Evidence) -> Fault | None:
    if evidence.event is None:
        return None
    said: Mapping[str, Any] = evidence.event["data"]
    if evidence.event["id"] != evidence.review_id:
        return Fault(_EVENT, Wrong.FOREIGN, "it is another review's")
    for name in ("outcome", "reason", "location", "previousReview"):
        if said.get(name) != evidence.head.get(name):
            return Fault(_EVENT, Wrong.EDITED, f"its {name} is not what the records say")
    listed = _announced(evidence.decisions[-MOST_LISTED:], "verdict")
    recorded = {**evidence.head, "decisionCount": len(evidence.decisions), "decisions": listed}
    told = {**said, "decisions": _announced(said.get("decisions", ()), "decision")}
    for name in ("requestedAt", "deadline", "closedAt", "decisionCount", "decisions"):
        if name in said and told[name] != recorded.get(name):
            return Fault(_EVENT, Wrong.EDITED, f"its {name} is not what the records say")
    return None


def _announced(decisions: Iterable[Mapping[str, Any]], word: str) -> list[tuple[Any, ...]]:
    """What the event repeats of each decision; `word` is what calls the reviewer's word here."""
    return [
        tuple(said.get(name) for name in ("decisionId", word, "reviewer", "onBehalfOf", "enqueuedAt"))
        for said in decisions
    ]


def _wrong_digest(evidence: Evidence) -> Fault | None:
    """A digest alone does not tell which record it was of, so none is blamed."""
    if evidence.digest is None or any(anchor.source == GIVEN for anchor in anchors(evidence)):
        return None
    text = "no record has it: it is another review's, or the record that had it was rewritten or removed"
    return Fault(GIVEN, Wrong.MISSING, text)


def _wrong_copy(evidence: Evidence) -> Fault | None:
    if evidence.copy is None:
        return None
    if evidence.copy["location"] != evidence.head.get("location"):
        return Fault(MOVED, Wrong.FOREIGN, "the document was moved elsewhere")
    if evidence.copy["metadata"].get(REVIEW_ID) != evidence.review_id:
        return Fault(MOVED, Wrong.FOREIGN, "it names another review")
    return None


def _wrong_decisions(evidence: Evidence) -> Iterator[Fault]:
    stored = {content.get("seq"): content for content in evidence.decisions}
    for number, line in enumerate(evidence.lines, start=1):
        committed: Mapping[str, Any] | None = line.content["facts"].get(DECISION)
        if committed is None:
            continue
        seq = committed["seq"]
        where = f"decision {seq}, of record {number}"
        content = stored.pop(seq, None)
        if content is None:
            yield Fault(where, Wrong.MISSING, f"record {number} commits to it")
        elif _digest(content) != committed["sha256"]:
            yield Fault(where, Wrong.EDITED, f"record {number} commits to another content")
    for seq in stored:
        yield Fault(f"decision {seq}", Wrong.FOREIGN, "no record commits to it")


def _missing_proofs(evidence: Evidence) -> Iterator[Fault]:
    """Who may write the ledger cannot sign; so what they put into it where the policy asks for proofs has none."""
    if not evidence.head["policy"].get("requireProof"):
        return
    for said in evidence.decisions:
        if not said.get("proof") or (said.get("onBehalfOf") and not said.get("delegationProof")):
            text = "the policy asks for a proof of identity, and there is none"
            yield Fault(f"decision {said['seq']}", Wrong.MISSING, text)
    withdrawn = any(line.content["event"] == AuditEvent.REVIEW_WITHDRAWN for line in evidence.lines)
    if withdrawn and not evidence.head.get("withdrawalProof"):
        yield Fault("the withdrawal", Wrong.MISSING, "the policy asks for a proof of identity, and there is none")


def _wrong_head(evidence: Evidence) -> Fault | None:
    recorded, said = recorded_facts(evidence.lines), facts_of(evidence.head)
    for name in sorted(recorded.keys() | said.keys()):
        if recorded.get(name) != said.get(name):
            return Fault("the review's head", Wrong.EDITED, f"its {name} is not what the records say")
    withdrawn = any(line.content["event"] == AuditEvent.REVIEW_WITHDRAWN for line in evidence.lines)
    if evidence.head.get("withdrawalProof") and not withdrawn:
        return Fault("the review's head", Wrong.FOREIGN, "it holds the proof of a withdrawal that no record tells of")
    return None


def _wrong_document(evidence: Evidence) -> Fault | None:
    document = evidence.head["document"]
    if review_id(document["container"], document["name"], document["etag"]) != evidence.review_id:
        text = "its container, name and ETag are not those that the review's id stands for"
        return Fault("the document", Wrong.FOREIGN, text)
    if evidence.document_sha256 and evidence.document_sha256 != document.get("sha256"):
        text = f"its bytes have the SHA-256 {evidence.document_sha256}, decided on was {document.get('sha256')}"
        return Fault("the document", Wrong.EDITED, text)
    return None


def _digest(content: Json) -> str | None:
    try:
        return digest_of(content)
    except rfc8785.CanonicalizationError:
        return None
