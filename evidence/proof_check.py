"""Checks of the proofs of identity that came with decisions, with a key set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from compliance.history import AuditEvent
from compliance.people.attestation import SignIn, attestation_refusal
from compliance.people.levels import Act
from compliance.proof import Statement, contradiction
from contracts.digest import text_digest
from contracts.proofs.attestation import (
    attested_delegation,
    is_attestation,
    policy_statement_digest,
    verify_attestation,
)
from contracts.proofs.decision_proof import InvalidProofError, verify_proof
from contracts.proofs.delegation_proof import delegation_objection, ended_delegation
from contracts.proofs.key_set import KeySet
from contracts.proofs.submission_attestation import attested_submission, other_submitter_refusal
from evidence.chain import Json
from evidence.chain_check import Fault, FaultKind
from evidence.checks import PROVEN_ACTS, Evidence
from evidence.head_facts import head_in

SUBMISSION: Final = "the proof of the submission"


class SignedMessage(NamedTuple):
    """A proof of a decision or withdrawal, and the statement that it must make."""

    where: str
    statement: Statement
    proof: str
    sent_at: datetime
    received_at: datetime  # the broker's time of the copy that was recorded


def signed_messages(evidence: Evidence) -> Iterator[SignedMessage]:
    """Yield each proof of a decision or withdrawal."""
    sha256 = evidence.head["document"].get("sha256")
    for decision in evidence.decisions:
        if proof := decision.get("proof"):
            statement = Statement(
                evidence.review_id,
                decision["decisionId"],
                decision["verdict"],
                decision["reviewer"],
                sha256,
                _sha256(decision.get("comment")),
            )
            sent, received = decision["enqueuedAt"], decision.get("copyEnqueuedAt", decision["enqueuedAt"])
            times = datetime.fromisoformat(sent), datetime.fromisoformat(received)
            yield SignedMessage(f"the proof of decision {decision['seq']}", statement, proof, *times)
    for what, (name, event, act) in PROVEN_ACTS.items():
        if proof := evidence.head.get(name):
            record = _record_of(evidence, event)
            reason_sha256 = _sha256(record.get("detail"))
            statement = Statement(evidence.review_id, None, act, record["who"], sha256, reason_sha256)
            at = datetime.fromisoformat(record["at"])
            yield SignedMessage(f"the proof of {what}", statement, proof, at, at)


def delegation_proofs(evidence: Evidence) -> Iterator[tuple[Json, str]]:
    """Yield each decision in another's place with the proof of its delegation."""
    for decision in evidence.decisions:
        if proof := decision.get("delegationProof"):
            yield decision, proof


def first_proof_fault(evidence: Evidence, keys: KeySet | None) -> Fault | None:
    """Find the first signature that is not of the person whom it names. Nothing else in the evidence may be wrong.

    A key is judged by the times at which the broker took the message, so a key that was revoked or replaced since
    still vouches for what it signed in its time. Without keys nothing is checked.
    """
    if keys is None:
        return None
    for message in signed_messages(evidence):
        if is_attestation(message.proof):
            continue
        try:
            signed = verify_proof(message.proof, keys)
        except InvalidProofError as invalid:
            return Fault(message.where, FaultKind.FOREIGN, str(invalid))
        if objection := contradiction(message.statement, signed, message.sent_at, message.received_at):
            return Fault(message.where, FaultKind.FOREIGN, objection.text)
    for decision, proof in delegation_proofs(evidence):
        if is_attestation(proof):
            continue
        at = datetime.fromisoformat(decision["enqueuedAt"])
        wrong = delegation_objection(proof, keys, decision)
        if wrong := wrong or ended_delegation(proof, keys, decision["onBehalfOf"], at, at):
            return Fault(_place_of_delegation(decision), FaultKind.FOREIGN, wrong)
    return None


class Vouched(NamedTuple):
    """What the front door vouches for with one attestation."""

    where: str
    person: str
    sign_in: SignIn
    kid: str


def vouched_or_fault(evidence: Evidence, front_door: KeySet) -> tuple[Vouched, ...] | Fault:
    """Return what the front door vouches for, by its keys; the first attestation that it did not make is a fault.

    A key is judged as in `first_proof_fault`. Nothing else in the evidence may be wrong.
    """
    found: list[Vouched] = []
    head = head_in(evidence.head)
    try:
        if submitted := attested_submission(head, front_door):
            found.append(Vouched(SUBMISSION, str(head.submitter), *submitted))
    except InvalidProofError as invalid:
        return Fault(SUBMISSION, FaultKind.FOREIGN, str(invalid))
    for message in signed_messages(evidence):
        if not is_attestation(message.proof):
            continue
        try:
            attested = verify_attestation(message.proof, front_door)
        except InvalidProofError as invalid:
            return Fault(message.where, FaultKind.FOREIGN, str(invalid))
        shown = policy_statement_digest(head.policy, message.statement)
        times = message.sent_at, message.received_at
        objection = attestation_refusal(message.statement, shown, attested, *times)
        if message.statement.decision == Act.WITHDRAW:
            objection = objection or other_submitter_refusal(head.submission_proof, attested.sign_in)
        if objection:
            return Fault(message.where, FaultKind.FOREIGN, objection.text)
        found.append(Vouched(message.where, message.statement.reviewer, attested.sign_in, attested.kid))
    for decision, proof in delegation_proofs(evidence):
        if not is_attestation(proof):
            continue
        try:
            sign_in, kid = attested_delegation(proof, front_door, decision)
        except InvalidProofError as invalid:
            return Fault(_place_of_delegation(decision), FaultKind.FOREIGN, str(invalid))
        found.append(Vouched(_place_of_delegation(decision), decision["onBehalfOf"], sign_in, kid))
    return tuple(found)


def _place_of_delegation(decision: Json) -> str:
    return f"the proof of the delegation behind decision {decision['seq']}"


def _record_of(evidence: Evidence, event: AuditEvent) -> Json:
    return next(record.content for record in evidence.records if record.content["event"] == event)


def _sha256(text: str | None) -> str | None:
    return None if text is None else text_digest(text)
