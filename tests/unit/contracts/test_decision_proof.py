"""A proof survives the way from signer to verifier exactly, and no other text passes for it."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.proof import Statement
from contracts.messages.decisions import DecisionSubmittedV1, parse_decision
from contracts.proofs.decision_proof import InvalidProofError, sign_statement, statement_of, verify_proof
from contracts.proofs.key_set import key_set, parse_jwk_set
from tests.examples import at_most
from tests.signing_keys import Signer, key_set_text, signer

ANA = "ana@example.org"
SIGNERS = [signer("ana-1", ANA), signer("ana-ec", ANA, "ES256"), signer("ana-rsa", ANA, "RS256")]
KEYS = key_set(parse_jwk_set(key_set_text(*(each.jwk() for each in SIGNERS)).encode(), "keys.json"))
STATEMENT = Statement("ab" * 32, "decision-1", "approve", ANA, "5f" * 32, "cd" * 32)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
EACH = pytest.mark.parametrize("by", SIGNERS, ids=lambda by: by.alg)


def proof_of(by: Signer, statement: Statement = STATEMENT, at: int = 1_772_452_800) -> str:
    return sign_statement(statement, at, by.kid, jwt.PyJWK(by.private_jwk()))


PROOFS = [proof_of(by) for by in SIGNERS]


def refused(proof: str) -> bool:
    with pytest.raises(InvalidProofError):
        verify_proof(proof, KEYS)
    return True


def test_a_part_whose_length_base64url_cannot_have_is_refused() -> None:
    with pytest.raises(InvalidProofError, match="its signature is not base64url"):
        verify_proof(f"{PROOFS[0].rpartition('.')[0]}.A", KEYS)


@EACH
def test_what_was_signed_is_what_is_verified(by: Signer) -> None:
    found = verify_proof(proof_of(by), KEYS)
    assert found.statement == STATEMENT
    assert found.signed_at.isoformat() == "2026-03-02T12:00:00+00:00"
    assert found.key.reviewer == ANA


NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=128)
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)


@at_most(100)
@given(
    st.builds(
        Statement,
        HASHES,
        st.none() | NAMES,
        st.sampled_from(["approve", "reject", "withdraw"]),
        NAMES,
        HASHES,
        st.none() | HASHES,
    ),
    st.integers(0, 253_402_300_799),
)
def test_any_statement_survives_the_way(statement: Statement, at: int) -> None:
    found = verify_proof(proof_of(SIGNERS[0], statement, at), KEYS)
    assert found.statement == statement
    assert int(found.signed_at.timestamp()) == at


@at_most(300)
@given(st.data())
def test_a_proof_with_any_letter_changed_taken_out_or_put_in_is_refused(data: st.DataObject) -> None:
    proof = data.draw(st.sampled_from(PROOFS))
    at = data.draw(st.integers(0, len(proof) - 1))
    removed = data.draw(st.integers(0, 3))
    put_in = data.draw(st.text(ALPHABET, max_size=3))
    changed = proof[:at] + put_in + proof[at + removed :]
    if changed != proof:
        assert refused(changed)


@at_most(200)
@given(st.sampled_from(PROOFS), st.sampled_from(PROOFS), st.sampled_from(PROOFS))
def test_parts_of_different_proofs_make_none(header: str, payload: str, signature: str) -> None:
    changed = ".".join([header.split(".", maxsplit=1)[0], payload.split(".")[1], signature.split(".")[2]])
    if changed not in PROOFS:
        assert refused(changed)


@at_most(300)
@given(st.text(max_size=200) | st.lists(st.text(ALPHABET[:-1], max_size=60), min_size=3, max_size=3).map(".".join))
def test_no_text_at_all_makes_the_verifier_fail_otherwise(text: str) -> None:
    assert refused(text)


@at_most(100)
@given(
    st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.floats(allow_nan=False) | st.sampled_from(["EdDSA", "none", "ana-1"]),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
            max_leaves=3,
        ),
    )
)
def test_no_header_but_the_right_one_is_accepted_even_when_it_is_signed(header: dict[str, Any]) -> None:
    right = {"alg": "EdDSA", "kid": "ana-1", "typ": "compliance-decision+jwt"}
    if header != right:
        assert refused(SIGNERS[0].sign_bytes(json.dumps({}).encode(), header))


def test_a_statement_about_a_document_without_a_hash_cannot_be_signed() -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        proof_of(SIGNERS[0], Statement("ab" * 32, "decision-1", "approve", ANA, None, None))


def test_the_statement_of_a_message_covers_all_that_makes_it_count() -> None:
    said = {"decisionId": "decision-1", "reviewId": "ab" * 32, "decision": "approve", "reviewer": ANA, "comment": "ok"}
    seen: set[Statement] = set()
    for changes in (
        {},
        {"decisionId": "decision-2"},
        {"reviewId": "cd" * 32},
        {"decision": "reject"},
        {"reviewer": "ben"},
        {"comment": "no"},
        {"comment": None},
    ):
        parsed = parse_decision(json.dumps(said | changes).encode())
        assert isinstance(parsed, DecisionSubmittedV1)
        seen.add(statement_of(parsed, "5f" * 32))
    assert len(seen) == 7
