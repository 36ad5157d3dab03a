"""A front door that attests decisions of people who have signed in, with plain PyJWT."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

_KEY_ID = "front-door"
_TENANT = "11111111-2222-3333-4444-555555555555"


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """A front door with a key of its own, whose people have one account each."""

    accounts: dict[str, str] = field(default_factory=dict)  # object ids by name
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def settings(self) -> dict[str, str]:
        """The app setting with the public key."""
        public = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        key = {"kty": public["kty"], "crv": public["crv"], "x": public["x"], "y": public["y"]}
        return {"ATTESTATION_KEYS": json.dumps({"keys": [key | {"kid": _KEY_ID, "alg": "ES256"}]})}

    def account_of(self, name: str) -> str:
        """Return the object id of who signs in under this name."""
        return self.accounts.setdefault(name, str(uuid.uuid4()))

    def attest(self, decision: Mapping[str, str], document_sha256: str) -> str:
        """Return the attestation of a decision without a comment."""
        claims: dict[str, Any] = {name: decision[name] for name in ("reviewId", "decisionId", "decision", "reviewer")}
        now = int(time.time())
        claims |= {"aud": "document-compliance:review-decisions", "iat": now, "authTime": now}
        claims |= {"documentSha256": document_sha256, "tid": _TENANT, "oid": self.account_of(decision["reviewer"])}
        claims |= {"iss": f"https://login.microsoftonline.com/{_TENANT}/v2.0"}
        header = {"kid": _KEY_ID, "typ": "compliance-attestation+jwt"}
        return jwt.encode(claims, self._key, algorithm="ES256", headers=header)


def vouched_account(proof: str) -> str | None:
    """Return the object id that an attestation names, unverified. The ledger shows whether it counted."""
    return jwt.decode(proof, options={"verify_signature": False}).get("oid")
