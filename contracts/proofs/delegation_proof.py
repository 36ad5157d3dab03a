"""A proof of identity over a delegation: as that of a decision, with another type and other claims."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from jwt import PyJWK
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from compliance.identity import same_person
from compliance.outcome import Answer
from compliance.proof import KeyTerms, trust_refusal
from compliance.refusal import Refusal
from contracts.messages.decisions import DelegationV1
from contracts.messages.fields import Moment, Person
from contracts.proofs.decision_proof import AUDIENCE, LAST_SECOND, InvalidProofError, opened, sealed, wrong_claims
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


def signed_delegation(said: DelegationV1, at: int, kid: str, key: PyJWK) -> str:
    """Sign a delegation, `at` in seconds since 1970-01-01 UTC. `key` is private."""
    claims = DelegationClaims(aud=AUDIENCE, iat=at, by=said.by, to=said.to, starts=said.starts, until=said.until)
    return sealed(claims, TYPE, kid, key)


def unproven_delegation(
    said: DelegationV1, proof: str, keys: KeySet, first_enqueued: datetime, enqueued: datetime
) -> Refusal | None:
    """Why a proof does not show, with these keys, that a delegation is of the person whom it names; None where it does.

    The times are as in `compliance.proof.contradiction`.
    """
    try:
        claims, terms = _claims(proof, keys)
    except InvalidProofError as invalid:
        return Refusal(Answer.PROOF_INVALID, f"the proof is not accepted: {invalid}")
    if (claims.by, claims.to, claims.starts, claims.until) != (said.by, said.to, said.starts, said.until):
        return Refusal(Answer.PROOF_REPLAYED, "the proof was made for another delegation; sign this very one")
    return trust_refusal(said.by, datetime.fromtimestamp(claims.iat, UTC), terms, first_enqueued, enqueued)


def wrong_delegation(proof: str, keys: KeySet, decision: Mapping[str, str]) -> str | None:
    """Why a proof does not show that a decision in another's place rests on a delegation; None where it does.

    `decision` is one of `evidence.chain.decision_content`. The key counts by the time of signing.
    """
    try:
        claims, terms = _claims(proof, keys)
    except InvalidProofError as invalid:
        return str(invalid)
    people = same_person(claims.by, decision["onBehalfOf"]) and same_person(claims.to, decision["reviewer"])
    signed_times = [datetime.fromisoformat(text) for text in (claims.starts, claims.until)]
    told_times = [datetime.fromisoformat(decision[name]) for name in ("delegatedFrom", "delegatedUntil")]
    if not people or signed_times != told_times:
        return "the proof was made for another delegation"
    at = datetime.fromtimestamp(claims.iat, UTC)
    untrusted_key = trust_refusal(claims.by, at, terms, at, at)
    return untrusted_key.text if untrusted_key else None


def _claims(proof: str, keys: KeySet) -> tuple[DelegationClaims, KeyTerms]:
    payload, key = opened(proof, keys, TYPE)
    try:
        return DelegationClaims.model_validate(payload), key.terms
    except ValidationError as error:
        raise InvalidProofError(wrong_claims(error, DelegationClaims)) from None
