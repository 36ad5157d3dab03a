"""A proof of identity: a compact JWS (RFC 7515) over the exact claims of one decision or withdrawal.

Hardened as RFC 8725 (JWT Best Current Practices) recommends: three algorithms, each bound to its key; keys from the
policy's key set only; an explicit type; no unknown members in header or claims.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, get_args

from jwt import PyJWK, PyJWS
from jwt.exceptions import PyJWTError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from compliance.people.levels import Act
from compliance.proof import SignedStatement, Statement
from contracts.digest import canonical, text_digest
from contracts.messages.decisions import AboutReview, RetractionV1, ReviewWithdrawnV1
from contracts.messages.fields import Identifier, Person, ReviewId, Sha256
from contracts.messages.strict_json import MalformedMessageError, parse_object
from contracts.proofs.key_set import Algorithm, KeySet, VerificationKey

AUDIENCE: Final = "document-compliance:review-decisions"
TYPE: Final = "compliance-decision+jwt"

_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_ALGORITHMS: Final[tuple[Algorithm, ...]] = get_args(Algorithm)
HEADER: Final = frozenset({"alg", "kid", "typ"})
_JWS: Final = PyJWS(algorithms=list(_ALGORITHMS))
LAST_SECOND: Final = 253_402_300_799  # of the year 9999; datetime ends there


class InvalidProofError(ValueError):
    """The proof is not valid; the text says why and what to do, and repeats nothing of the proof."""


class ProofClaims(BaseModel):
    """The payload of a proof: these claims and no others."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, strict=True, extra="forbid")

    aud: Literal["document-compliance:review-decisions"]
    iat: Annotated[int, Field(ge=0, le=LAST_SECOND)]  # seconds since 1970-01-01 UTC
    review_id: ReviewId
    decision_id: Identifier | None = None
    decision: Identifier
    reviewer: Person
    document_sha256: Sha256
    comment_sha256: Sha256 | None = None

    @property
    def signed_at(self) -> datetime:
        """The time by the signer's clock."""
        return datetime.fromtimestamp(self.iat, UTC)

    @property
    def statement(self) -> Statement:
        """The signed statement, as the rules use it."""
        return Statement(
            self.review_id,
            self.decision_id,
            self.decision,
            self.reviewer,
            self.document_sha256,
            self.comment_sha256,
        )


def statement_of(message: AboutReview, document_sha256: str | None) -> Statement:
    """Return the statement that a proof of this message must make, for the document under review."""
    if isinstance(message, ReviewWithdrawnV1 | RetractionV1):
        reason = text_digest(message.reason)
        return Statement(message.review_id, None, act_of(message), message.by, document_sha256, reason)
    comment = None if message.comment is None else text_digest(message.comment)
    return Statement(
        message.review_id, message.decision_id, act_of(message), message.reviewer, document_sha256, comment
    )


def act_of(message: AboutReview) -> Act:
    """Return what a message does to its review."""
    match message:
        case ReviewWithdrawnV1():
            return Act.WITHDRAW
        case RetractionV1():
            return Act.RETRACT
        case _:
            return Act(message.decision)


def sign_statement(statement: Statement, at: int, kid: str, key: PyJWK) -> str:
    """Sign a statement, `at` in seconds since 1970-01-01 UTC. `key` is private.

    Raises ValueError for a statement about a document without a hash, or one that no message can make.
    """
    return sign_claims(statement_claims(statement, at), TYPE, kid, key)


def statement_claims(statement: Statement, at: int) -> ProofClaims:
    """Return the claims of a proof. Raises ValueError as `sign_statement` does."""
    if statement.document_sha256 is None:
        raise ValueError("only decisions on a document whose SHA-256 is known can be signed")
    return ProofClaims(
        aud=AUDIENCE,
        iat=at,
        review_id=statement.review_id,
        decision_id=statement.decision_id,
        decision=statement.decision,
        reviewer=statement.reviewer,
        document_sha256=statement.document_sha256,
        comment_sha256=statement.comment_sha256,
    )


def sign_claims(claims: BaseModel, typ: str, kid: str, key: PyJWK) -> str:
    """Sign these claims. `key` is private."""
    payload = canonical(claims.model_dump(by_alias=True, exclude_none=True))
    return _JWS.encode(payload, key, headers={"kid": kid, "typ": typ})


def verify_proof(proof: str, keys: KeySet) -> SignedStatement:
    """Verify a proof with the keys of the set and return its statement. Raises InvalidProofError.

    Whether that is what the message says, and whether the key counts for it, is for `compliance.proof` to judge.
    """
    payload, key = verify_signature(proof, keys, TYPE)
    try:
        claims = ProofClaims.model_validate(payload)
    except ValidationError as error:
        raise InvalidProofError(wrong_claims(error, ProofClaims)) from None
    return SignedStatement(claims.statement, claims.signed_at, key.terms)


def verify_signature(proof: str, keys: KeySet, typ: str) -> tuple[dict[str, Any], VerificationKey]:
    """Verify a proof of this type. Returns its payload and the key that signed it. Raises InvalidProofError."""
    if not _COMPACT.fullmatch(proof):
        raise InvalidProofError("it is not a compact JWS: three parts of base64url without padding, joined by dots")
    header_part, payload_part, signature_part = proof.split(".")
    header = _parse_part(header_part, "header")
    if foreign := header.keys() - HEADER:
        known = ", ".join(sorted(HEADER))
        raise InvalidProofError(f"its header has {len(foreign)} members beside {known}; sign with these alone")
    if header.get("typ") != typ:
        raise InvalidProofError(f"the typ in its header is not {typ}")
    if header.get("alg") not in _ALGORITHMS:
        raise InvalidProofError(f"the alg in its header is none of {', '.join(_ALGORITHMS)}")
    kid = header.get("kid")
    key = keys.get(kid) if isinstance(kid, str) else None
    if key is None:
        raise InvalidProofError("its kid names no key of the key set that it is checked with; have the key added")
    if header["alg"] != key.alg:
        raise InvalidProofError(f"the key that its header names signs with {key.alg} only")
    _decode(signature_part, "signature")
    try:
        _JWS.decode(proof, key.verifier, algorithms=[key.alg])
    except PyJWTError:
        raise InvalidProofError("its signature is not of the key that its header names; sign again") from None
    return _parse_part(payload_part, "payload"), key


def wrong_claims(error: ValidationError, model: type[BaseModel]) -> str:
    """Say which claims are wrong, without repeating unknown names, which are the sender's."""
    known = {field.alias or name for name, field in model.model_fields.items()}
    places = {".".join(map(str, found["loc"])) for found in error.errors(include_url=False, include_input=False)}
    listed = ", ".join(sorted({place if place in known else "unknown claims" for place in places}))
    return f"its claims are not those of a proof: {listed}"


def parse_claimed_part(proof: str, number: int) -> dict[str, Any]:
    """Parse the header (0) or payload (1) of a proof that nobody has verified. Raises InvalidProofError."""
    parts = proof.split(".")
    if len(parts) != 3:
        raise InvalidProofError("it is not a compact JWS")
    return _parse_part(parts[number], "header" if number == 0 else "payload")


def _parse_part(part: str, name: str) -> dict[str, Any]:
    try:
        return parse_object(_decode(part, name))
    except MalformedMessageError:
        raise InvalidProofError(f"its {name} is not one JSON object without repeated keys") from None


def _decode(part: str, name: str) -> bytes:
    """Decode base64url strictly: each value has one spelling, so no altered copy of a proof is a proof."""
    try:
        content = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise InvalidProofError(f"its {name} is not base64url") from None
    if base64.urlsafe_b64encode(content).rstrip(b"=").decode() != part:
        raise InvalidProofError(f"its {name} is not base64url")
    return content
