"""A proof of identity is checked again from the evidence: for this very decision, by a key that counted then."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest

from compliance.people.delegation import Delegation
from compliance.people.levels import Act, Level
from compliance.proof import Statement
from compliance.transitions import withdraw
from contracts.messages.decisions import DelegationV1
from contracts.proofs.decision_proof import sign_statement
from contracts.proofs.delegation_proof import sign_delegation
from contracts.proofs.key_set import KeySet, key_set, parse_jwk_set
from evidence.chain_check import FaultKind
from evidence.checks import Evidence, first_fault
from evidence.proof_check import first_proof_fault, signed_messages
from tests.builders import REQUESTED_AT, SHA256, SUBMITTER, decision
from tests.journeys import hour, opened
from tests.signing_keys import Signer, key_set_text, signer

ANA = signer("ana-1", "ana@example.org")
SAM = signer("sam-1", SUBMITTER)


def keys_of(*signers: Signer, **terms: Any) -> KeySet:
    return key_set(parse_jwk_set(key_set_text(*(each.jwk(**terms) for each in signers)).encode(), "keys.json"))


def proof_of(by: Signer, statement: Statement, at_hour: int) -> str:
    return sign_statement(statement, int(hour(at_hour).timestamp()), by.kid, jwt.PyJWK(by.private_jwk()))


def decided() -> Evidence:
    journey = opened()
    assert journey.head
    statement = Statement(journey.head.review_id, "decision-1", "approve", ANA.reviewer, SHA256, None)
    proof = proof_of(ANA, statement, 1)
    journey.decide(decision(reviewer=ANA.reviewer, enqueued_at=hour(1), proof=proof))
    return journey.evidence()


EVIDENCE = decided()


def test_a_signed_decision_is_proved_again() -> None:
    assert first_fault(EVIDENCE) is None
    assert [where for where, *_ in signed_messages(EVIDENCE)] == ["the proof of decision 1"]
    assert first_proof_fault(EVIDENCE, keys_of(ANA)) is None


def test_a_key_that_was_revoked_since_still_vouches_for_what_it_signed_in_its_time() -> None:
    revoked = (hour(1) + timedelta(seconds=1)).isoformat()
    assert first_proof_fault(EVIDENCE, keys_of(ANA, revokedAt=revoked)) is None


@pytest.mark.parametrize(
    "keys",
    [
        keys_of(SAM),
        keys_of(ANA, revokedAt=REQUESTED_AT.isoformat()),
        keys_of(ANA, notBefore=hour(2).isoformat()),
        keys_of(signer("ana-1", "eve@example.org")),
    ],
    ids=["unknown", "revoked before", "not yet", "of somebody else"],
)
def test_a_key_that_does_not_count_proves_nothing(keys: KeySet) -> None:
    fault = first_proof_fault(EVIDENCE, keys)
    assert fault
    assert (fault.where, fault.wrong) == ("the proof of decision 1", FaultKind.FOREIGN)


@pytest.mark.parametrize(
    "other", [{"decisionId": "2"}, {"verdict": "reject"}, {"reviewer": "eve"}, {"comment": "but"}], ids=str
)
def test_a_proof_of_another_decision_proves_nothing(other: dict[str, str]) -> None:
    [said] = EVIDENCE.decisions
    fault = first_proof_fault(replace(EVIDENCE, decisions=({**said, **other},)), keys_of(ANA))
    assert fault
    assert fault.where == "the proof of decision 1"


def delegated(*, ends_at: int = 9) -> Evidence:
    """Return a decision in Ana's place, with her proof of a delegation that ends at this hour."""
    journey = opened(reviewers=(ANA.reviewer,), verification_keys="keys.json")
    said = {"type": "DelegationV1", "by": "ANA@example.org", "to": "zoe", "from": hour(0).isoformat()}
    told = DelegationV1.model_validate(said | {"until": hour(ends_at).isoformat()})
    proof = sign_delegation(told, int(hour(0).timestamp()), ANA.kid, jwt.PyJWK(ANA.private_jwk()))
    delegation = Delegation(ANA.reviewer, "zoe", hour(0), hour(9), hour(0), proof, Level.OWN_KEY, ("keys.json",))
    journey.decide(decision(reviewer="Zoe", enqueued_at=hour(1)), delegation)
    return journey.evidence()


def test_the_delegation_behind_a_decision_is_proved_again() -> None:
    assert first_fault(delegated()) is None
    assert first_proof_fault(delegated(), keys_of(ANA)) is None


@pytest.mark.parametrize(
    ("evidence", "keys"),
    [
        (delegated(), keys_of(SAM)),
        (delegated(), keys_of(ANA, notBefore=hour(1).isoformat())),
        (delegated(), keys_of(signer("ana-1", "eve@example.org"))),
        (delegated(ends_at=10), keys_of(ANA)),
    ],
    ids=["unknown key", "key not yet", "key of somebody else", "other dates"],
)
def test_a_delegation_that_nobody_proves_is_a_fault(evidence: Evidence, keys: KeySet) -> None:
    fault = first_proof_fault(evidence, keys)
    assert fault
    assert fault.where == "the proof of the delegation behind decision 1"


def test_a_withdrawal_is_proved_again_by_the_reason_that_the_trail_holds() -> None:
    journey = opened()
    assert journey.head
    why = hashlib.sha256(b"too early").hexdigest()
    statement = Statement(journey.head.review_id, None, Act.WITHDRAW, SUBMITTER, SHA256, why)
    proof = proof_of(SAM, statement, 1)
    withdrawn = withdraw(journey.head, SUBMITTER, hour(1), "too early")
    assert withdrawn
    journey.make(
        replace(withdrawn.transition, head=replace(withdrawn.head, withdrawal_proof=proof))
    )  # as the trigger does
    evidence = journey.evidence()
    assert proof not in str(evidence.records)
    assert first_fault(evidence) is None
    assert first_proof_fault(evidence, keys_of(SAM)) is None
    fault = first_proof_fault(evidence, keys_of(ANA))

    assert fault
    assert fault.where == "the proof of the withdrawal"
