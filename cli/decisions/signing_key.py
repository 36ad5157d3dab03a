"""A person's signing key: a private JWK (RFC 7517) in a file that only its owner can read."""

from __future__ import annotations

import json
import os
import re
import stat
import time
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError

from cli.failures import CommandError, ExitCode
from contracts.messages.decisions import AboutReview
from contracts.messages.strict_json import MAX_BYTES, MalformedMessageError, parse_object
from contracts.proofs.decision_proof import sign_statement, statement_of
from contracts.proofs.key_set import Algorithm, KeySetError, PublicJwk, parse_jwk, thumbprint

_RSA_BITS: Final = 3072  # NIST SP 800-57 part 1, table 2: good beyond 2030
_PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi")


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A private key with its public half."""

    public: PublicJwk
    private: PyJWK

    def proof(self, message: AboutReview, document_sha256: str, at: int) -> str:
        """Return the proof of a message about a document; `at` is in seconds since 1970-01-01 UTC."""
        return sign_statement(statement_of(message, document_sha256), at, self.public.kid, self.private)


def proof_time(requested_at: datetime | None) -> int:
    """Return the time of a proof made now, in seconds since 1970-01-01 UTC.

    It is not before the reviewers were asked: the broker's clock counts, and ours may be slow.
    """
    return max(int(time.time()), ceil(requested_at.timestamp()) if requested_at else 0)


def new_key(reviewer: str, alg: Algorithm) -> tuple[dict[str, Any], PublicJwk]:
    """Make a key pair: the private JWK and the public one. The key id is the thumbprint (RFC 7638), in hexadecimal.

    Raises CommandError if the reviewer's name is not valid in a message.
    """
    numbers = _new_numbers(alg)
    private = {"kid": thumbprint(numbers), "alg": alg, "reviewer": reviewer, **numbers}
    try:
        return private, parse_jwk(json.dumps(_public(private)).encode(), "--reviewer")
    except KeySetError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error


def new_attestation_key() -> tuple[dict[str, Any], dict[str, Any]]:
    """Make a key pair of a front door: the private JWK and the public one, which names nobody."""
    numbers = _new_numbers("ES256")
    private = {"kid": thumbprint(numbers), "alg": "ES256", **numbers}
    return private, _public(private)


def _new_numbers(alg: Algorithm) -> dict[str, Any]:
    match alg:
        case "EdDSA":
            numbers = OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate(), as_dict=True)
        case "ES256":
            numbers = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
        case "RS256":
            numbers = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, _RSA_BITS), as_dict=True)
    numbers.pop("key_ops", None)
    return numbers


def write_private(directory: Path, owner: str, private: dict[str, Any]) -> Path:
    """Write a private key to a new file that only its owner can read. Raises CommandError."""
    name = re.sub(r"[^A-Za-z0-9@._-]", "_", owner)[:64].lstrip(".-")
    file = directory / f"{name}-{private['kid'][:8]}.private.json"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as content:
            content.write(json.dumps(private, indent=2) + "\n")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror or error}") from error
    return file


def read_signing_key(file: Path) -> SigningKey:
    """Read the signing key in a file. Raises CommandError, whose text never contains the key."""
    try:
        with file.open("rb") as content:
            mode = os.fstat(content.fileno()).st_mode
            text = content.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"the key file {file} cannot be read: {error.strerror}", ExitCode.USAGE) from error
    try:
        private = parse_object(text)
        public = parse_jwk(json.dumps(_public(private)).encode(), str(file))
        if "d" not in private:
            text = f"{file}: this is the public half; sign with the .private.json file that `compliance keys new` made"
            raise CommandError(text, ExitCode.USAGE)
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            text = f"others may read the key file {file}; if nobody has, `chmod 600` it, else make a new key"
            raise CommandError(text, ExitCode.USAGE)
        return SigningKey(public, PyJWK(private, public.alg))
    except (MalformedMessageError, KeySetError) as error:
        raise CommandError(f"the key file {file} holds no signing key: {error}", ExitCode.USAGE) from error
    except PyJWTError:
        raise CommandError(f"the key file {file} holds no signing key: its numbers are wrong", ExitCode.USAGE) from None


def _public(private: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in private.items() if name not in _PRIVATE}
