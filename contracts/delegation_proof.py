"""A proof of identity over a delegation: as that of a decision, with another type and other claims."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from jwt import PyJWK
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from compliance.outcome import Answer
from compliance.proof import untrusted
from compliance.refusal import Refusal
from contracts.fields import Person
from contracts.inbound import DelegationV1
from contracts.key_set import KeySet
from contracts.proof import AUDIENCE, LAST_SECOND, InvalidProofError, opened, sealed, wrong_claims

TYPE = "compliance-delegation+jwt"


class DelegationClaims(BaseModel):
    """The payload of the proof of a delegation: these claims and no others."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, strict=True, extra="forbid")

    aud: Literal["document-compliance:review-decisions"]
    iat: Annotated[int, Field(ge=0, le=LAST_SECOND)]  # seconds since 1970-01-01 UTC
    by: Person
    to: Person
    starts: Annotated[str, Field(alias="from")]  # letter by letter as in the message
    until: str


def signed_delegation(said: DelegationV1, at: int, kid: str, key: PyJWK) -> str:
    """The proof of a delegation, `at` in seconds since 1970-01-01 UTC. `key` is private."""
    claims = DelegationClaims(aud=AUDIENCE, iat=at, by=said.by, to=said.to, starts=said.starts, until=said.until)
    return sealed(claims, TYPE, kid, key)


def unproven_delegation(
    said: DelegationV1, proof: str, keys: KeySet, first_enqueued: datetime, enqueued: datetime
) -> Refusal | None:
    """Why a proof does not show, with these keys, that a delegation is of the person whom it names; None where it does.

    The times are as in `compliance.proof.contradiction`.
    """
    try:
        payload, key = opened(proof, keys, TYPE)
        claims = DelegationClaims.model_validate(payload)
    except InvalidProofError as invalid:
        return Refusal(Answer.PROOF_INVALID, f"the proof is not accepted: {invalid}")
    except ValidationError as error:
        return Refusal(Answer.PROOF_INVALID, f"the proof is not accepted: {wrong_claims(error, DelegationClaims)}")
    if (claims.by, claims.to, claims.starts, claims.until) != (said.by, said.to, said.starts, said.until):
        return Refusal(Answer.PROOF_REPLAYED, "the proof was made for another delegation; sign this very one")
    return untrusted(said.by, datetime.fromtimestamp(claims.iat, UTC), key.terms, first_enqueued, enqueued)
