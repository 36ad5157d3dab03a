"""An attestation: a compact JWS over the exact claims of one message, by the front door that saw its sender sign in.

It takes the place of a proof of identity, but has types and keys of its own: a person's key verifies no attestation,
and a key of the front door verifies nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from compliance.outcome import Answer
from compliance.people.attestation import Attestation, SignIn
from compliance.people.levels import Act, Level
from compliance.policy import Policy
from compliance.proof import KeyTerms, Statement, time_refusal, validity_refusal
from compliance.refusal import Refusal
from contracts.digest import text_digest
from contracts.messages.decisions import DelegationV1
from contracts.messages.fields import Guid, Sha256
from contracts.proofs.decision_proof import (
    LAST_SECOND,
    InvalidProofError,
    ProofClaims,
    parse_claimed_part,
    verify_signature,
    wrong_claims,
)
from contracts.proofs.delegation_proof import DelegationClaims
from contracts.proofs.key_set import KeySet

TYPE: Final = "compliance-attestation+jwt"
DELEGATION_TYPE: Final = "compliance-delegation-attestation+jwt"
SUBMISSION_TYPE: Final = "compliance-submission-attestation+jwt"

_Issuer = Annotated[str, StringConstraints(max_length=256, pattern=r"^https://[!-~]+$")]
_OF_THE_SIGN_IN: Final = ("iss", "tid", "oid", "authTime", "otp")
M = TypeVar("M", bound="SignInClaims")


class SignInClaims(BaseModel):
    """What the token of the sign-in said. What it did not say is left out."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, strict=True, extra="forbid")

    iss: _Issuer
    tid: Guid
    oid: Guid
    auth_time: Annotated[int, Field(ge=0, le=LAST_SECOND)] | None = None  # seconds since 1970-01-01 UTC
    otp: Literal[True] | None = None  # a one-time code was asked for this message, and entered

    @property
    def sign_in(self) -> SignIn:
        """The sign-in, as the rules use it."""
        at = None if self.auth_time is None else datetime.fromtimestamp(self.auth_time, UTC)
        return SignIn(self.iss, self.tid, self.oid, at, bool(self.otp))


class AttestationClaims(SignInClaims, ProofClaims):
    """The payload of the attestation of a message about a review: these claims and no others."""

    statement_sha256: Sha256 | None = None  # of the policy's statement, which was shown beside the button


class DelegationAttestationClaims(SignInClaims, DelegationClaims):
    """The payload of the attestation of a delegation: these claims and no others."""


def policy_statement_digest(policy: Policy, statement: Statement) -> str | None:
    """Return the SHA-256 of the statement that must be shown beside an approval. None if there is none."""
    return text_digest(policy.statement) if policy.statement and statement.decision == Act.APPROVE else None


def is_attestation(proof: str) -> bool:
    """Return whether a proof says that it is an attestation, whoever made it."""
    return claimed_level(proof) in (Level.SIGN_IN, Level.CODE)


def claimed_level(proof: str | None) -> Level:
    """Return the level that a proof would have if it were verified."""
    if not proof:
        return Level.NONE
    try:
        if parse_claimed_part(proof, 0).get("typ") not in (TYPE, DELEGATION_TYPE, SUBMISSION_TYPE):
            return Level.OWN_KEY
        return Level.CODE if parse_claimed_part(proof, 1).get("otp") else Level.SIGN_IN
    except InvalidProofError:
        return Level.OWN_KEY


def claimed_account(proof: str | None) -> tuple[str, str] | None:
    """Return the tenant and the object id that an attestation claims, whoever made it. None if it is no attestation."""
    if not proof or not is_attestation(proof):
        return None
    claims = parse_claimed_part(proof, 1)
    return str(claims.get("tid")), str(claims.get("oid"))


def claim_in_words(proof: str | None) -> str:
    """Say what a proof says of itself, whoever made it."""
    match claimed_level(proof):
        case Level.NONE:
            return "none"
        case Level.OWN_KEY:
            return "signed"
        case level:
            claims = parse_claimed_part(str(proof), 1)
            code = ", who entered a code" if level is Level.CODE else ""
            return f"the front door vouches for {claims.get('oid')} of the tenant {claims.get('tid')}{code}"


def claimed_sign_in(proof: str) -> SignIn:
    """Return the sign-in in an attestation that was verified before, of whatever type."""
    claims = parse_claimed_part(proof, 1)
    return SignInClaims.model_validate({name: claims[name] for name in _OF_THE_SIGN_IN if name in claims}).sign_in


def verify_attestation(proof: str, keys: KeySet) -> Attestation:
    """Verify the attestation of a message about a review with the front door's keys. Raises InvalidProofError."""
    claims, kid, terms = verify_claims(proof, keys, TYPE, AttestationClaims)
    return Attestation(claims.statement, claims.statement_sha256, claims.sign_in, claims.signed_at, kid, terms)


def delegation_attestation_refusal(
    delegation: DelegationV1, proof: str, keys: KeySet, first_enqueued: datetime, enqueued: datetime
) -> Refusal | None:
    """Say why an attestation does not vouch for a delegation. None if it does.

    The times are as in `compliance.proof.contradiction`. It must be fresh: a delegation has no id.
    """
    try:
        claims, _, terms = verify_claims(proof, keys, DELEGATION_TYPE, DelegationAttestationClaims)
    except InvalidProofError as invalid:
        return Refusal(Answer.PROOF_INVALID, f"the attestation is not accepted: {invalid}")
    if not claims.are_of(delegation):
        return Refusal(Answer.PROOF_REPLAYED, "the attestation was made for another delegation; delegate again")
    return validity_refusal(terms, first_enqueued, enqueued) or time_refusal(claims.signed_at, first_enqueued)


def delegator(delegation: DelegationV1, proof: str, keys: KeySet) -> SignIn | None:
    """Return whom the front door saw send this very delegation. None if the attestation is of another one.

    Raises InvalidProofError.
    """
    claims = verify_claims(proof, keys, DELEGATION_TYPE, DelegationAttestationClaims)[0]
    return claims.sign_in if claims.are_of(delegation) else None


def delegation_attested_at(proof: str, keys: KeySet) -> datetime:
    """Return when a delegation was attested, by the front door's clock. Raises InvalidProofError."""
    return verify_claims(proof, keys, DELEGATION_TYPE, DelegationAttestationClaims)[0].signed_at


def attested_delegation(proof: str, keys: KeySet, decision: Mapping[str, str]) -> tuple[SignIn, str]:
    """Return the sign-in of whoever made the delegation behind a decision, and the id of the key that vouches for it.

    `decision` is one of `evidence.chain.decision_content`. Raises InvalidProofError if the attestation does not vouch
    for that delegation, or the key did not count when it was made or when the decision arrived.
    """
    claims, kid, terms = verify_claims(proof, keys, DELEGATION_TYPE, DelegationAttestationClaims)
    if not claims.are_behind(decision):
        raise InvalidProofError("the attestation was made for another delegation")
    received = datetime.fromisoformat(decision.get("copyEnqueuedAt", decision["enqueuedAt"]))
    if refusal := validity_refusal(terms, claims.signed_at, received):
        raise InvalidProofError(refusal.text)
    return claims.sign_in, kid


def verify_claims(proof: str, keys: KeySet, typ: str, model: type[M]) -> tuple[M, str, KeyTerms]:
    """Verify an attestation of this type. Returns its claims, and the id and terms of its key.

    Raises InvalidProofError.
    """
    payload, key = verify_signature(proof, keys, typ)
    if key.terms.reviewer is not None:
        raise InvalidProofError("it is made with a person's key; only a key of the front door attests")
    try:
        return model.model_validate(payload), key.kid, key.terms
    except ValidationError as error:
        raise InvalidProofError(wrong_claims(error, model)) from None
