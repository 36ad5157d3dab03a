"""The front door's key in a file, and what may not sign: keys that others have, keys that nobody knows any more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from adapters.front_door.attesting import Attestor
from adapters.front_door.opening import open_signer
from adapters.front_door.signing_key import SigningKeyError, VaultKey, pinned_key
from compliance.people.attestation import SignIn
from compliance.people.levels import Level
from contracts.digest import text_digest
from contracts.messages.decisions import AboutReview, DelegationV1, parse_decision
from contracts.proofs.attestation import claimed_level, verify_attestation
from contracts.proofs.decision_proof import verify_signature
from contracts.proofs.key_set import KeySet
from contracts.proofs.submission_attestation import SubmittedDocument, attested_submission
from tests import builders
from tests.front_door import DELEGATION_TYPE, DOOR, SIGN_IN, keys_of, public_jwk
from tests.malformed import DELEGATION
from tests.signing_keys import signer

AT = 1_772_452_800
SIGNED_IN = SignIn(SIGN_IN["iss"], SIGN_IN["tid"], SIGN_IN["oid"])
STATEMENT = "I have read it"
VAULT_KEY = "https://kv.vault.azure.net/keys/attestation"
PRIVATE = {name: value for name, value in DOOR.private_jwk().items() if name != "reviewer"}


def written(folder: Path, jwk: Any, mode: int = 0o600) -> str:
    file = folder / "door.private.json"
    file.write_text(jwk if isinstance(jwk, str) else json.dumps(jwk))
    file.chmod(mode)
    return str(file)


def no_credential() -> Any:
    raise AssertionError("a file needs no credential")


async def attested(value: str, keys: KeySet, sign_in: SignIn = SIGNED_IN, **changes: Any) -> str:
    said = {"reviewId": "a" * 64, "decisionId": "1", "reviewer": "ana@example.org", "decision": "approve"} | changes
    message = parse_decision(json.dumps(said).encode())
    assert isinstance(message, AboutReview)
    attestor = Attestor(open_signer(value, no_credential), lambda: keys)
    return await attestor.attest(message, builders.SHA256, sign_in, builders.policy(statement=STATEMENT), AT)


async def test_a_file_signs_what_the_app_verifies(tmp_path: Path) -> None:
    keys = keys_of(public_jwk())
    found = verify_attestation(await attested(written(tmp_path, PRIVATE), keys, comment="why"), keys)

    assert (found.kid, found.sign_in, found.policy_statement_sha256) == (DOOR.kid, SIGNED_IN, text_digest(STATEMENT))
    assert (found.statement.reviewer, found.statement.comment_sha256) == ("ana@example.org", text_digest("why"))


async def test_what_the_token_said_is_attested_and_nothing_else(tmp_path: Path) -> None:
    keys, file = keys_of(public_jwk()), written(tmp_path, PRIVATE)
    fuller = SignIn(SIGN_IN["iss"], SIGN_IN["tid"], SIGN_IN["oid"], builders.REQUESTED_AT, entered_code=True)

    assert verify_attestation(await attested(file, keys, fuller, decision="reject"), keys).sign_in == fuller
    assert claimed_level(await attested(file, keys, fuller)) is Level.CODE


async def test_a_submission_is_attested_and_opens_what_it_is_about(tmp_path: Path) -> None:
    keys, document = keys_of(public_jwk()), builders.document()
    attestor = Attestor(open_signer(written(tmp_path, PRIVATE), no_credential), lambda: keys)
    submitted = SubmittedDocument(document, "sam@example.org", "default")
    head = builders.open_review(submission_proof=await attestor.attest_submission(submitted, SIGNED_IN, AT))

    assert attested_submission(head, keys) == (SIGNED_IN, DOOR.kid)


async def test_a_delegation_is_attested_under_a_type_of_its_own(tmp_path: Path) -> None:
    keys, delegation = keys_of(public_jwk()), DelegationV1.model_validate(DELEGATION)
    attestor = Attestor(open_signer(written(tmp_path, PRIVATE), no_credential), lambda: keys)
    claims, _ = verify_signature(await attestor.attest_delegation(delegation, SIGNED_IN, AT), keys, DELEGATION_TYPE)
    await attestor.close()

    assert {name: claims[name] for name in ("by", "to", "oid", "iat")} == {
        "by": delegation.by,
        "to": delegation.to,
        "oid": SIGN_IN["oid"],
        "iat": AT,
    }


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"revokedAt": "2026-01-01T00:00:00Z"}, "must not sign: the key is revoked"),
        ({"notBefore": "2027-01-01T00:00:00Z"}, "must not sign: the key counts from"),
        ({"notAfter": "2026-01-01T00:00:00Z"}, "must not sign: the key counted until"),
    ],
)
async def test_a_key_that_does_not_count_now_does_not_sign(tmp_path: Path, terms: dict[str, Any], said: str) -> None:
    with pytest.raises(SigningKeyError, match=said):
        await attested(written(tmp_path, PRIVATE), keys_of(public_jwk(**terms)))


async def test_a_key_that_is_not_published_does_not_sign(tmp_path: Path) -> None:
    other = signer("door-9", "", "ES256")
    with pytest.raises(SigningKeyError, match="ATTESTATION_KEYS has no key door-1: publish it"):
        await attested(written(tmp_path, PRIVATE), keys_of(public_jwk(other)))
    with pytest.raises(SigningKeyError, match="another key under the id door-1"):
        await attested(written(tmp_path, PRIVATE), keys_of(public_jwk(other, kid=DOOR.kid)))


P384 = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()), as_dict=True)
ED25519 = {name: value for name, value in signer("door-e", "").private_jwk().items() if name != "reviewer"}
OTHER = signer("door-9", "", "ES256").private_jwk()
FAULTS: dict[str, tuple[Any, int, str]] = {
    "others may read it": (PRIVATE, 0o640, "others may read the key file"),
    "others may write to it": (PRIVATE, 0o602, "others may read the key file"),
    "another curve": ({**P384, "kid": "1", "alg": "ES256"}, 0o600, "crv: Input should be 'Ed25519' or 'P-256'"),
    "another algorithm": (ED25519, 0o600, "signs with ES256 only"),
    "a person's key": (DOOR.private_jwk() | {"reviewer": "ana@example.org"}, 0o600, "a person's key"),
    "the public half": (public_jwk(), 0o600, "the public half"),
    "the private half of another key": (PRIVATE | {"d": OTHER["d"]}, 0o600, "its numbers are wrong"),
    "a private half that is no number": (PRIVATE | {"d": 7}, 0o600, "its numbers are wrong"),
    "an unknown member": (PRIVATE | {"exportable": True}, 0o600, "exportable: unknown member"),
    "no JSON": ("-----BEGIN PRIVATE KEY-----", 0o600, "holds no key of a front door"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_is_no_key_of_a_front_door_is_refused(tmp_path: Path, fault: str) -> None:
    content, mode, said = FAULTS[fault]
    with pytest.raises(SigningKeyError, match=said) as raised:
        open_signer(written(tmp_path, content, mode), no_credential)
    assert PRIVATE["d"] not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match=r"none.json cannot be read: No such file"):
        open_signer(str(tmp_path / "none.json"), no_credential)
    with pytest.raises(SigningKeyError, match="ATTESTATION_SIGNING_KEY is missing"):
        open_signer(None, no_credential)


def test_only_a_version_of_a_key_is_pinned() -> None:
    version = "0123456789abcdef" * 2
    found = pinned_key(f"{VAULT_KEY}/{version}")
    assert isinstance(found, VaultKey)
    assert (found.kid, str(found)) == (f"attestation.{version}", f"{VAULT_KEY}/{version}")

    for wrong, said in (
        (VAULT_KEY, "names no version"),
        (f"http://kv.vault.azure.net/keys/attestation/{version}", "this is no key of a key vault"),
        (f"https://kv.vault.azure.net/secrets/attestation/{version}", "this is no key of a key vault"),
        (f"{VAULT_KEY}/latest", "this is no key of a key vault"),
        (f"https://kv.vault.azure.net/keys/{'a' * 96}/{version}", "longer than 95 characters"),
    ):
        with pytest.raises(SigningKeyError, match=said):
            pinned_key(wrong)
