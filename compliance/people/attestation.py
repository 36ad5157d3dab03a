"""The terms on which an attestation counts: the word of the front door that a signed-in person sent a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from compliance.outcome import Answer
from compliance.people.levels import Level
from compliance.proof import KeyTerms, Statement, difference, time_refusal, validity_refusal
from compliance.refusal import Refusal


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the front door saw of a person's sign-in."""

    issuer: str
    tenant_id: str
    object_id: str  # of the person, in the tenant: names change hands, this does not
    authenticated_at: datetime | None = None  # None if the token did not say
    entered_code: bool = False  # for this very message

    @property
    def level(self) -> Level:
        """The level of proof of what the person sent."""
        return Level.CODE if self.entered_code else Level.SIGN_IN


@dataclass(frozen=True, slots=True)
class Attestation:
    """A verified attestation of a message about a review."""

    statement: Statement
    policy_statement_sha256: str | None  # of the sentence beside the button; None if there was none
    sign_in: SignIn
    attested_at: datetime  # by the front door's clock
    kid: str
    key: KeyTerms


def attestation_refusal(
    expected: Statement,
    policy_statement_sha256: str | None,
    attested: Attestation,
    first_enqueued: datetime,
    enqueued: datetime,
) -> Refusal | None:
    """Say why an attestation does not vouch for the message whose statement would be `expected`. None if it does.

    The times are as in `compliance.proof.contradiction`. An attested decision counts at any time, because its id makes
    it count once; what has no id must be fresh.
    """
    if refusal := difference(expected, attested.statement):
        return refusal
    if attested.policy_statement_sha256 != policy_statement_sha256:
        text = "the front door showed another statement than the one in the policy of this review; decide again there"
        return Refusal(Answer.PROOF_INVALID, text)
    if refusal := validity_refusal(attested.key, first_enqueued, enqueued):
        return refusal
    return time_refusal(attested.attested_at, first_enqueued) if expected.decision_id is None else None
