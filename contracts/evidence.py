"""What is known of one review, and whether all of it is what the audit trail has recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from compliance.document import review_id
from contracts.audit_chain import DECISION, Json, digest_of
from contracts.chain_check import Anchor, Fault, Line, Wrong, anchor_fault, first_fault
from contracts.past_state import recorded_facts
from contracts.review_facts import facts_of


@dataclass(frozen=True, slots=True)
class Evidence:
    """One review as it is stored, and what others have kept of it."""

    review_id: str
    head: Json  # contracts.review_facts.head_content
    lines: tuple[Line, ...]
    decisions: tuple[Json, ...]  # contracts.audit_chain.decision_content
    anchors: tuple[Anchor, ...] = ()
    document_sha256: str | None = None  # of the bytes at hand


def first_wrong(evidence: Evidence) -> Fault | None:
    """The first piece of evidence that is not what was recorded, or None: the records, then what they commit to."""
    head = evidence.head
    end = Anchor("the review's head", int(head["lastAudit"]), str(head.get("auditDigest")))
    checks = (
        lambda: first_fault(evidence.review_id, evidence.lines, end),
        lambda: next(_wrong_decisions(evidence), None),
        lambda: _wrong_head(evidence),
        lambda: next(filter(None, (anchor_fault(evidence.lines, anchor) for anchor in evidence.anchors)), None),
        lambda: _wrong_document(evidence),
    )
    return next(filter(None, (check() for check in checks)), None)


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


def _wrong_head(evidence: Evidence) -> Fault | None:
    recorded, said = recorded_facts(evidence.lines), facts_of(evidence.head)
    for name in sorted(recorded.keys() | said.keys()):
        if recorded.get(name) != said.get(name):
            return Fault("the review's head", Wrong.EDITED, f"its {name} is not what the records say")
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
