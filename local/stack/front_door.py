"""The front door as people use it who sign in, over HTTP, and the key with which it vouches for them."""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from local.stack.eventually import eventually


def new_signing_key(file: Path) -> dict[str, str]:
    """Write a new key to a file. Returns the app settings with which the front door signs with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = {"kid": "front-door", "alg": "ES256"}
    public, private = (
        named | {name: jwk[name] for name in names if name in jwk}
        for jwk, names in (
            (ECAlgorithm.to_jwk(key.public_key(), as_dict=True), ("kty", "crv", "x", "y")),
            (ECAlgorithm.to_jwk(key, as_dict=True), ("kty", "crv", "x", "y", "d")),
        )
    )
    file.touch(mode=0o600)
    file.write_text(json.dumps(private))
    return {"ATTESTATION_KEYS": json.dumps({"keys": [public]}), "ATTESTATION_SIGNING_KEY": str(file)}


class SignedIn:
    """Somebody who has signed in at the front door of a stack; nobody has a password there."""

    def __init__(self, address: str, name: str) -> None:
        self._address = address
        self._opener = build_opener(HTTPCookieProcessor())
        self._opener.addheaders = [("Origin", address)]
        self._opener.open(f"{address}/.auth/login/aad", urlencode({"userName": name}).encode()).close()

    @property
    def account(self) -> str:
        """Their object id."""
        return self._call("/api/v1/me")["objectId"]

    def decide(self, review_id: str, decision: str, document_sha256: str) -> dict[str, Any]:
        """Decide on a document, and wait for the answer. Raises NeverHappenedError if none comes."""
        review = f"/api/v1/reviews/{review_id}"
        decision_id = str(uuid.uuid4())
        said = {"decision": decision, "decisionId": decision_id, "documentSha256": document_sha256}
        self._call(f"{review}/decisions", json.dumps(said).encode())

        def answer() -> dict[str, Any] | None:
            try:
                return self._call(f"{review}/decisions/{decision_id}")
            except HTTPError as error:
                if error.code != HTTPStatus.NOT_FOUND:
                    raise
                return None

        return eventually(answer, f"an answer to the decision {decision_id} at the front door", interval=0.2)

    def _call(self, path: str, body: bytes | None = None) -> Any:
        headers = {"Content-Type": "application/json"} if body else {}
        with self._opener.open(Request(self._address + path, body, headers)) as answer:  # noqa: S310 our own host
            return json.load(answer)


def vouched_account(proof: str) -> str | None:
    """Return the object id that an attestation names, unverified. The ledger shows whether it counted."""
    return jwt.decode(proof, options={"verify_signature": False}).get("oid")
