"""Whether the proofs of identity that came with decisions are right, checked again with a key set."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from compliance.proof import Statement, contradiction
from compliance.review import AuditEvent
from contracts.proofs.decision_proof import WITHDRAW, InvalidProofError, verified
from contracts.proofs.delegation_proof import wrong_delegation
from contracts.proofs.key_set import KeySet
from evidence.chain import Json
from evidence.chain_check import Fault, Wrong
from evidence.checks import Evidence


def signed_statements(evidence: Evidence) -> Iterator[tuple[str, Statement, str, datetime]]:
    """Everything that was said with a proof: which, what it must say, the proof, and when the broker took it."""
    sha256 = evidence.head["document"].get("sha256")
    for said in evidence.decisions:
        if proof := said.get("proof"):
            statement = Statement(
                evidence.review_id,
                said["decisionId"],
                said["verdict"],
                said["reviewer"],
                sha256,
                _sha256(said.get("comment")),
            )
            yield f"the proof of decision {said['seq']}", statement, proof, datetime.fromisoformat(said["enqueuedAt"])
    if proof := evidence.head.get("withdrawalProof"):
        record = _withdrawal(evidence)
        why = _sha256(record.get("detail"))
        statement = Statement(evidence.review_id, None, WITHDRAW, record["who"], sha256, why)
        yield "the proof of the withdrawal", statement, proof, datetime.fromisoformat(record["at"])


def wrong_proof(evidence: Evidence, keys: KeySet) -> Fault | None:
    """The first proof that is not of whom it names. Call it for evidence in which nothing else is wrong.

    A key counts by when the broker first took the message, so one that was revoked or replaced since still vouches
    for what it signed in its time.
    """
    for where, statement, proof, enqueued_at in signed_statements(evidence):
        try:
            signed = verified(proof, keys)
        except InvalidProofError as invalid:
            return Fault(where, Wrong.FOREIGN, str(invalid))
        if unproven := contradiction(statement, signed, enqueued_at, enqueued_at):
            return Fault(where, Wrong.FOREIGN, unproven.text)
    for said in evidence.decisions:
        proof = said.get("delegationProof")
        if wrong := wrong_delegation(proof, keys, said) if proof else None:
            return Fault(f"the proof of the delegation behind decision {said['seq']}", Wrong.FOREIGN, wrong)
    return None


def _withdrawal(evidence: Evidence) -> Json:
    return next(line.content for line in evidence.lines if line.content["event"] == AuditEvent.REVIEW_WITHDRAWN)


def _sha256(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()
