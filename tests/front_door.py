"""Attestations for tests, made with plain PyJWT and cryptography: what a front door vouches for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from contracts.proofs.key_set import KeySet, key_set, parse_attestation_jwk_set
from tests.signing_keys import Signer, signer

TYPE: Final = "compliance-attestation+jwt"
DELEGATION_TYPE: Final = "compliance-delegation-attestation+jwt"
SUBMISSION_TYPE: Final = "compliance-submission-attestation+jwt"
TENANT: Final = "11111111-2222-3333-4444-555555555555"
SIGN_IN: Final[dict[str, Any]] = {
    "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    "tid": TENANT,
    "oid": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
}
DOOR: Final = signer("door-1", "", "ES256")


def public_jwk(door: Signer = DOOR, **terms: Any) -> dict[str, Any]:
    """Return a key of a front door as its key set holds it: it is nobody's."""
    return {name: value for name, value in door.jwk(**terms).items() if name != "reviewer"}


def key_set_text(*keys: dict[str, Any]) -> str:
    """Return the front door's JWK Set as text."""
    return json.dumps({"keys": keys})


def keys_of(*keys: dict[str, Any]) -> KeySet:
    """Return the front door's keys, ready to verify."""
    return key_set(parse_attestation_jwk_set(key_set_text(*keys).encode(), "attestation-keys.json"))


def attest_submission(by: Signer = DOOR, typ: str = SUBMISSION_TYPE, **said: Any) -> str:
    """Return the attestation of a submission; a claim that is None is left out."""
    made = {"aud": "document-compliance:document-submissions", "iat": 1772452800, **SIGN_IN, **said}
    return by.sign({name: value for name, value in made.items() if value is not None}, typ=typ)


def attest_decision(said: dict[str, str], document_sha256: str, by: Signer = DOOR, **changes: Any) -> str:
    """Return the attestation of a decision without a comment."""
    same = {name: said[name] for name in ("reviewId", "decisionId", "decision", "reviewer")}
    made = {"aud": "document-compliance:review-decisions", "iat": 1772452800, "documentSha256": document_sha256}
    return by.sign(made | same | SIGN_IN | changes, typ=TYPE)


def settings_that_sign(folder: Path) -> dict[str, str]:
    """Return the settings of an app whose front door signs, with a key that is written into this folder."""
    key = folder / "private.json"
    key.touch(mode=0o600)
    key.write_text(json.dumps({name: value for name, value in DOOR.private_jwk().items() if name != "reviewer"}))
    return {"ATTESTATION_KEYS": key_set_text(public_jwk()), "ATTESTATION_SIGNING_KEY": str(key)}
