"""Keys and proofs for tests, made with plain PyJWT and cryptography: what a stranger's client would do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode

TYPE = "compliance-decision+jwt"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key pair of one person."""

    kid: str
    alg: str
    reviewer: str
    private: Any

    def jwk(self, **terms: Any) -> dict[str, Any]:
        """Return the public key as a key set holds it."""
        return self._jwk(self.private.public_key()) | terms

    def private_jwk(self) -> dict[str, Any]:
        """Return the key as its owner keeps it."""
        return self._jwk(self.private)

    def _jwk(self, key: Any) -> dict[str, Any]:
        kinds: dict[str, Any] = {"EdDSA": OKPAlgorithm, "ES256": ECAlgorithm, "RS256": RSAAlgorithm}
        numbers = kinds[self.alg].to_jwk(key, as_dict=True)
        numbers.pop("key_ops", None)
        return {**numbers, "kid": self.kid, "alg": self.alg, "reviewer": self.reviewer}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """Return a proof of these claims. `header` replaces members of the header; None removes one."""
        wanted = {"alg": self.alg, "kid": self.kid, "typ": TYPE, **header}
        return self.sign_bytes(json.dumps(claims).encode(), wanted)

    def sign_bytes(self, payload: bytes, header: dict[str, Any]) -> str:
        """Exactly this payload under exactly this header, signed with the key's own algorithm whatever `alg` says."""
        parts = [json.dumps({name: value for name, value in header.items() if value is not None}).encode(), payload]
        signing_input = b".".join(base64url_encode(part) for part in parts)
        algorithm = jwt.get_algorithm_by_name(self.alg)
        signature = algorithm.sign(signing_input, algorithm.prepare_key(self.private))
        return b".".join([signing_input, base64url_encode(signature)]).decode()


@cache
def signer(kid: str, reviewer: str, alg: str = "EdDSA") -> Signer:
    """Return the key pair of a kid and person, made once in a test run."""
    made: dict[str, Any] = {
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
    }
    return Signer(kid, alg, reviewer, made[alg]())


def key_set_text(*keys: dict[str, Any]) -> str:
    """Return a JWK Set as text."""
    return json.dumps({"keys": keys})
