"""Attestations are checked again from the evidence, and what the sign-in said, and did not say, is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.evidence_bundle.page import page_of
from compliance.outcome import Reason
from compliance.people.delegation import Delegation
from compliance.people.levels import Level
from compliance.transitions import begin, open_review, withdraw
from contracts.digest import text_digest
from contracts.proofs.key_set import key_set, parse_attestation_jwk_set, parse_jwk_set
from evidence.bundle import bundle_of, write_bundle
from evidence.chain_check import Fault, FaultKind
from evidence.checks import Evidence, first_fault
from evidence.proof_check import first_proof_fault, vouched_or_fault
from evidence.report import in_words
from evidence.verify import Keys, verify_bundle, verify_evidence
from tests.builders import ETAG, REQUESTED_AT, SHA256, SUBMITTER, decision, document, policy, uninspected_review
from tests.front_door import (
    DELEGATION_TYPE,
    DOOR,
    SIGN_IN,
    TENANT,
    TYPE,
    attest_submission,
    key_set_text,
    keys_of,
    public_jwk,
)
from tests.journeys import Journey, hour, opened
from tests.signing_keys import signer

ANA, ZOE = "ana@example.org", "zoe@example.org"
STATEMENT = "I have read it"
SIGNED_IN_AT = int(hour(0).timestamp())


def attested(**changes: Any) -> Evidence:
    """Return an approval of Zoe's in Ana's place; the front door vouches for both of them."""
    journey = opened(reviewers=(ANA,), proof=Level.SIGN_IN, statement=STATEMENT)
    assert journey.head
    common = SIGN_IN | {"aud": "document-compliance:review-decisions", "iat": int(hour(1).timestamp())}
    said = {
        "reviewId": journey.head.review_id,
        "decisionId": "decision-1",
        "decision": "approve",
        "reviewer": ZOE,
        "documentSha256": SHA256,
        "statementSha256": text_digest(STATEMENT),
        "authTime": SIGNED_IN_AT,
    }
    told = {"by": ANA, "to": ZOE, "from": hour(0).isoformat(), "until": hour(9).isoformat()}
    delegated = DOOR.sign(common | told | {"otp": True}, typ=DELEGATION_TYPE)
    proof = DOOR.sign(common | said | changes, typ=TYPE)
    given = Delegation(ANA, ZOE, hour(0), hour(9), hour(0), delegated, Level.CODE)
    journey.decide(decision(reviewer=ZOE, enqueued_at=hour(1), proof=proof), given)
    return journey.evidence()


EVIDENCE = attested()
SIGNED = {name: signer("zoe-1", ZOE).sign({}, typ="compliance-decision+jwt") for name in ("proof", "delegationProof")}


def test_it_is_named_who_vouches_for_whom_and_what_the_sign_in_said() -> None:
    assert first_fault(EVIDENCE) is None
    found = vouched_or_fault(EVIDENCE, keys_of(public_jwk()))
    assert not isinstance(found, Fault)
    direct, delegated = found

    assert (direct.where, direct.person, direct.kid) == ("the proof of decision 1", ZOE, DOOR.kid)
    assert (direct.sign_in.object_id, direct.sign_in.tenant_id) == (SIGN_IN["oid"], TENANT)
    assert direct.sign_in.authenticated_at == hour(0)
    assert not direct.sign_in.entered_code
    assert (delegated.where, delegated.person) == ("the proof of the delegation behind decision 1", ANA)
    assert (delegated.sign_in.authenticated_at, delegated.sign_in.entered_code) == (None, True)


@pytest.mark.parametrize(
    "keys",
    [
        keys_of(),
        keys_of(public_jwk(revokedAt=hour(1).isoformat())),
        keys_of(public_jwk(notAfter=hour(0).isoformat())),
        keys_of(public_jwk(signer("door-1", "other", "ES256"))),
    ],
    ids=["unknown", "revoked before", "over", "another under its name"],
)
def test_a_key_that_does_not_count_vouches_for_nothing(keys: Any) -> None:
    fault = vouched_or_fault(EVIDENCE, keys)
    assert isinstance(fault, Fault)
    assert (fault.where, fault.wrong) == ("the proof of decision 1", FaultKind.FOREIGN)


def test_a_key_that_was_revoked_since_still_vouches_for_what_it_attested() -> None:
    assert not isinstance(vouched_or_fault(EVIDENCE, keys_of(public_jwk(revokedAt=hour(2).isoformat()))), Fault)


@pytest.mark.parametrize(
    "other", [{"reviewer": ANA}, {"verdict": "reject"}, {"comment": "but"}, {"decisionId": "2"}], ids=str
)
def test_an_attestation_of_another_decision_is_a_fault(other: dict[str, str]) -> None:
    [said] = EVIDENCE.decisions
    fault = vouched_or_fault(replace(EVIDENCE, decisions=({**said, **other},)), keys_of(public_jwk()))
    assert isinstance(fault, Fault)
    assert fault.where == "the proof of decision 1"


def test_so_is_that_of_another_delegation() -> None:
    [said] = EVIDENCE.decisions
    later = {**said, "delegatedUntil": hour(10).isoformat()}
    fault = vouched_or_fault(replace(EVIDENCE, decisions=(later,)), keys_of(public_jwk()))
    assert isinstance(fault, Fault)
    assert fault.where == "the proof of the delegation behind decision 1"


def test_so_is_an_approval_beside_which_another_statement_was_shown() -> None:
    fault = vouched_or_fault(attested(statementSha256=text_digest("I have not")), keys_of(public_jwk()))
    assert isinstance(fault, Fault)
    assert "another statement" in fault.text


def test_the_keys_of_people_say_nothing_about_attestations_nor_the_front_doors_about_signatures() -> None:
    assert first_proof_fault(EVIDENCE, keys_of()) is None
    signed = replace(EVIDENCE, decisions=({**EVIDENCE.decisions[0], **SIGNED},))
    assert vouched_or_fault(signed, keys_of()) == ()


def test_what_the_front_door_did_not_attest_makes_the_evidence_not_sound() -> None:
    others = parse_attestation_jwk_set(
        key_set_text(public_jwk(signer("door-1", "another", "ES256"))).encode(), "attestation-keys.json"
    )
    result = verify_evidence(EVIDENCE, lambda: Keys(of_front_door=others))

    assert not result.sound
    assert result.vouched == ()


def test_a_persons_key_attests_nothing() -> None:
    fault = vouched_or_fault(EVIDENCE, key_set(parse_jwk_set(key_set_text(DOOR.jwk(reviewer=ZOE)).encode(), "keys")))
    assert isinstance(fault, Fault)
    assert "a person's key" in fault.text


def test_a_sign_in_is_no_proof_where_an_own_key_is_demanded() -> None:
    [said] = EVIDENCE.decisions
    journey = opened(reviewers=(ZOE,), proof=Level.OWN_KEY, verification_keys="keys.json")
    journey.decide(decision(reviewer=ZOE, enqueued_at=hour(1), proof=said["proof"]))
    fault = first_fault(journey.evidence())

    assert fault
    assert (fault.where, fault.wrong) == ("decision 1", FaultKind.MISSING)


KEY_SET = parse_attestation_jwk_set(key_set_text(public_jwk()).encode(), "attestation-keys.json")


def test_a_bundle_proves_it_offline_and_says_what_nobody_said(tmp_path: Path) -> None:
    file = tmp_path / "evidence.zip"
    with file.open("wb") as out:
        write_bundle(out, bundle_of(EVIDENCE, None, KEY_SET.wire()), page_of(EVIDENCE), None)
    by_its_own = verify_bundle(file, None, Keys())
    by_trusted = verify_bundle(file, None, Keys(of_front_door=KEY_SET))
    told = "\n".join(in_words(by_trusted))

    assert by_its_own.sound
    assert len(by_its_own.vouched) == 2
    assert any(text.startswith("whose keys attest") for text in by_its_own.not_proved)
    assert not any(text.startswith("whose keys attest") for text in by_trusted.not_proved)
    assert f"vouches that {ZOE} signed in at {hour(0).isoformat()} as {SIGN_IN['oid']} of the tenant {TENANT}" in told
    assert f"when {ANA} signed in for the proof of the delegation behind decision 1: the token did not say" in told
    assert "how people signed in" in told


def test_without_the_front_doors_keys_attestations_are_not_proved(tmp_path: Path) -> None:
    file = tmp_path / "evidence.zip"
    with file.open("wb") as out:
        write_bundle(out, bundle_of(EVIDENCE, None), page_of(EVIDENCE), None)
    found = verify_bundle(file, None, Keys())

    assert (found.sound, found.vouched, found.unchecked_attestations) == (True, (), 2)
    assert any("--attestation-keys" in text for text in found.not_proved)


def test_the_page_names_them_too() -> None:
    page = page_of(EVIDENCE)
    assert f"the front door vouches for {SIGN_IN['oid']} of the tenant {TENANT}" in page


def handed_in(proof: str | None, refused: Reason | None = None, **rules: Any) -> Journey:
    """Return a review of a class that demands a proof of its submitter, opened with this one and inspected."""
    journey, rules = Journey(), {"submitter_proof": Level.SIGN_IN, **rules}
    journey.make(open_review(uninspected_review(policy=policy(**rules), submission_proof=proof)))
    journey.then(lambda head: begin(head, document(), REQUESTED_AT, refused))
    return journey


def attested_submission(**changes: Any) -> str:
    version = document()
    said = {"container": version.container, "name": version.name, "etag": ETAG, "documentSha256": SHA256}
    return attest_submission(**{**said, "submitter": SUBMITTER, **changes})


def test_it_is_named_who_has_handed_the_document_in() -> None:
    evidence = handed_in(attested_submission(authTime=SIGNED_IN_AT)).evidence()
    assert first_fault(evidence) is None
    result = verify_evidence(evidence, lambda: Keys(of_front_door=KEY_SET))

    assert result.sound
    [vouched] = result.vouched
    assert (vouched.where, vouched.person) == ("the proof of the submission", SUBMITTER)
    assert f"the front door (key {DOOR.kid}) vouches that {SUBMITTER} signed in" in "\n".join(in_words(result))
    assert verify_evidence(evidence, Keys).unchecked_attestations == 1


def test_a_document_that_nobody_has_handed_in_as_the_class_demands_is_a_fault() -> None:
    fault = first_fault(handed_in(None).evidence())
    assert fault
    assert (fault.where, fault.wrong) == ("the submission", FaultKind.MISSING)
    assert first_fault(handed_in(None, submitter_proof=Level.NONE).evidence()) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "b.pdf"},
        {"etag": "0x2"},
        {"documentSha256": "00" * 32},
        {"submitter": ANA},
        {"documentClass": "other"},
        {"aud": "document-compliance:review-decisions"},
    ],
    ids=str,
)
def test_an_attestation_of_another_submission_is_a_fault(changes: dict[str, str]) -> None:
    refused = Reason.NOT_AS_SUBMITTED if "documentSha256" in changes else None
    evidence = handed_in(attested_submission(**changes)).evidence()
    fault = first_fault(evidence) if refused else vouched_or_fault(evidence, keys_of(public_jwk()))

    assert isinstance(fault, Fault)
    assert fault.wrong is (FaultKind.UNSUPPORTED if refused else FaultKind.FOREIGN)


def test_an_attestation_by_a_key_that_had_ended_is_a_fault() -> None:
    evidence = handed_in(attested_submission()).evidence()
    ended = public_jwk(notAfter="2026-03-01T00:00:00Z")
    for keys in (keys_of(ended), keys_of()):
        fault = vouched_or_fault(evidence, keys)
        assert isinstance(fault, Fault)
        assert fault.where == "the proof of the submission"


def test_that_other_bytes_than_those_handed_in_were_rejected_follows_from_the_rules() -> None:
    other = attested_submission(documentSha256="00" * 32)
    evidence = handed_in(other, Reason.NOT_AS_SUBMITTED).evidence()
    assert first_fault(evidence) is None
    assert not isinstance(vouched_or_fault(evidence, keys_of(public_jwk())), Fault)
    invented = first_fault(handed_in(attested_submission(), Reason.NOT_AS_SUBMITTED).evidence())
    assert invented
    assert invented.wrong is FaultKind.UNSUPPORTED


@pytest.mark.parametrize(("oid", "is_fault"), [(SIGN_IN["oid"], False), (SIGN_IN["oid"].replace("a", "b"), True)])
def test_a_withdrawal_by_another_person_than_the_one_who_has_submitted_is_a_fault(oid: str, *, is_fault: bool) -> None:
    journey = handed_in(attested_submission())
    assert journey.head
    claims = {
        "aud": "document-compliance:review-decisions",
        "iat": int(hour(1).timestamp()),
        "reviewId": journey.head.review_id,
        "decision": "withdraw",
        "reviewer": SUBMITTER,
        "documentSha256": SHA256,
        "commentSha256": text_digest("why"),
    }
    proof = DOOR.sign(claims | SIGN_IN | {"oid": oid}, typ=TYPE)
    ruling = withdraw(journey.head, SUBMITTER, hour(1), "why")
    assert ruling
    journey.make(replace(ruling.transition, head=replace(ruling.head, withdrawal_proof=proof)))
    evidence = journey.evidence()
    assert first_fault(evidence) is None
    assert isinstance(vouched_or_fault(evidence, keys_of(public_jwk())), Fault) is is_fault
