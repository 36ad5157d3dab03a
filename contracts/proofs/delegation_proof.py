"""A proof of identity over a delegation: like that of a decision, with another type and other claims."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from jwt import PyJWK
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from compliance.outcome import Answer
from compliance.people.identity import same_person
from compliance.proof import KeyTerms, counts_for, trust_refusal
from compliance.refusal import Refusal
from contracts.messages.decisions import DelegationV1
from contracts.messages.fields import Moment, Person
from contracts.proofs.decision_proof import (
    AUDIENCE,
    LAST_SECOND,
    InvalidProofError,
    sign_claims,
    verify_signature,
    wrong_claims,
)
from contracts.proofs.key_set import KeySet

TYPE = "compliance-delegation+jwt"


class DelegationClaims(BaseModel):
    """The payload of the proof of a delegation: these claims and no others."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, strict=True, extra="forbid")

    aud: Literal["document-compliance:review-decisions"]
    iat: Annotated[int, Field(ge=0, le=LAST_SECOND)]  # seconds since 1970-01-01 UTC
    by: Person
    to: Person
    starts: Annotated[Moment, Field(alias="from")]  # letter by letter as in the message
    until: Moment

    @property
    def signed_at(self) -> datetime:
        """The time by the signer's clock."""
        return datetime.fromtimestamp(self.iat, UTC)

    def are_of(self, delegation: DelegationV1) -> bool:
        """Return whether these are the claims of this very delegation."""
        expected = (delegation.by, delegation.to, delegation.starts, delegation.until)
        return (self.by, self.to, self.starts, self.until) == expected

    def are_behind(self, decision: Mapping[str, str]) -> bool:
        """Return whether a decision, as `evidence.chain.decision_content`, rests on the delegation of these claims."""
        signed_times = [datetime.fromisoformat(text) for text in (self.starts, self.until)]
        recorded_times = [datetime.fromisoformat(decision[name]) for name in ("delegatedFrom", "delegatedUntil")]
        delegate = decision.get("knownAs", decision["reviewer"])
        people = same_person(self.by, decision["onBehalfOf"]) and same_person(self.to, delegate)
        return people and signed_times == recorded_times


def sign_delegation(delegation: DelegationV1, at: int, kid: str, key: PyJWK) -> str:
    """Sign a delegation, `at` in seconds since 1970-01-01 UTC. `key` is private."""
    return sign_claims(delegation_claims(delegation, at), TYPE, kid, key)


def delegation_claims(delegation: DelegationV1, at: int) -> DelegationClaims:
    """Return the claims of the proof of a delegation, `at` in seconds since 1970-01-01 UTC."""
    return DelegationClaims(
        aud=AUDIENCE, iat=at, by=delegation.by, to=delegation.to, starts=delegation.starts, until=delegation.until
    )


def delegation_refusal(
    delegation: DelegationV1, proof: str, keys: KeySet, first_enqueued: datetime, enqueued: datetime
) -> Refusal | None:
    """Say why a proof does not show, with these keys, that `by` has made the delegation. None if it does.

    The times are as in `compliance.proof.contradiction`.
    """
    try:
        claims, terms = _verify_claims(proof, keys)
    except InvalidProofError as invalid:
        return Refusal(Answer.PROOF_INVALID, f"the proof is not accepted: {invalid}")
    if not claims.are_of(delegation):
        return Refusal(Answer.PROOF_REPLAYED, "the proof was made for another delegation; sign this very one")
    return trust_refusal(delegation.by, claims.signed_at, terms, first_enqueued, enqueued)


def signing_time(proof: str, keys: KeySet) -> datetime:
    """Return when a proof was made, by the signer's clock. Raises InvalidProofError if the keys do not verify it."""
    return _verify_claims(proof, keys)[0].signed_at


def delegation_objection(proof: str, keys: KeySet, decision: Mapping[str, str]) -> str | None:
    """Say why a proof does not show that a decision in another's place rests on a delegation. None if it does.

    `decision` is one of `evidence.chain.decision_content`. The key counts by the time of signing.
    """
    try:
        claims, terms = _verify_claims(proof, keys)
    except InvalidProofError as invalid:
        return str(invalid)
    if not claims.are_behind(decision):
        return "the proof was made for another delegation"
    at = claims.signed_at
    untrusted_key = trust_refusal(claims.by, at, terms, at, at)
    return untrusted_key.text if untrusted_key else None


def ended_delegation(proof: str, keys: KeySet, person: str, first_enqueued: datetime, enqueued: datetime) -> str | None:
    """Say why a verified delegation no longer counts for a message. None if it does.

    It counts while the key that signed it is not revoked, and `person`, who has delegated, has a key that counts. The
    times are as in `compliance.proof.contradiction`.
    """
    try:
        _, terms = _verify_claims(proof, keys)
    except InvalidProofError as invalid:
        return str(invalid)
    if terms.revoked_at and enqueued >= terms.revoked_at:
        return f"the key of the delegation is revoked since {terms.revoked_at.isoformat()}"
    if not any(counts_for(key.terms, person, first_enqueued, enqueued) for key in keys.values()):
        return f"{person} has no key any more that counts"
    return None


def _verify_claims(proof: str, keys: KeySet) -> tuple[DelegationClaims, KeyTerms]:
    payload, key = verify_signature(proof, keys, TYPE)
    try:
        return DelegationClaims.model_validate(payload), key.terms
    except ValidationError as error:
        raise InvalidProofError(wrong_claims(error, DelegationClaims)) from None
