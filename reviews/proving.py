"""Check the proof of identity of a message with the keys of its review's policy."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from adapters.attestation_keys import attestation_keys
from adapters.messaging.arrivals import Arrival
from adapters.verification_keys import named_key_set
from compliance.outcome import Answer
from compliance.people.attestation import attestation_refusal
from compliance.people.levels import Level, demanded_level
from compliance.proof import contradiction
from compliance.refusal import Refusal
from compliance.review import Decision, Head, RecordedDecision
from contracts.messages.decisions import AboutReview, RetractionV1, ReviewWithdrawnV1
from contracts.proofs.attestation import (
    attested_delegation,
    claimed_level,
    is_attestation,
    policy_statement_digest,
    verify_attestation,
)
from contracts.proofs.decision_proof import InvalidProofError, act_of, statement_of, verify_proof
from contracts.proofs.delegation_proof import ended_delegation
from contracts.proofs.submission_attestation import other_submitter_refusal
from evidence.chain import decision_content

# What a message is called, and the command that sends it.
_WORDS: Final[dict[type[AboutReview], tuple[str, str]]] = {
    ReviewWithdrawnV1: ("withdrawal", "withdraw"),
    RetractionV1: ("retraction", "retract"),
}


def proof_refusal(
    head: Head, message: AboutReview, arrival: Arrival, sent_at: datetime | None = None
) -> Refusal | None:
    """Return why a message's proof of identity is refused or not enough; None if the message may count.

    `sent_at` is the recorded time of sending, if that is not the arrival's: a bundle is verified by it.
    A proof that the policy does not demand is verified all the same. Raises KeySetError if the keys cannot be read,
    which an operator has to repair.
    """
    sent_at = sent_at or arrival.enqueued_at
    level = _proven_level(head, message, sent_at, max(sent_at, arrival.copy_enqueued_at))
    if isinstance(level, Refusal):
        return level
    demanded = demanded_level(head.policy.proof, act_of(message), head.policy.submitter_proof)
    return None if level.reaches(demanded) else Refusal(Answer.PROOF_MISSING, _what_to_send(message, demanded))


def _proven_level(head: Head, message: AboutReview, sent_at: datetime, received_at: datetime) -> Level | Refusal:
    proof, policy, expected = message.proof, head.policy, statement_of(message, head.document.sha256)
    if proof is None:
        return Level.NONE
    try:
        if is_attestation(proof):
            attested = verify_attestation(proof, attestation_keys())
            shown = policy_statement_digest(policy, expected)
            refusal = attestation_refusal(expected, shown, attested, sent_at, received_at)
            if isinstance(message, ReviewWithdrawnV1):
                refusal = refusal or other_submitter_refusal(head.submission_proof, attested.sign_in)
            return refusal or attested.sign_in.level
        if policy.verification_keys is None:
            text = "there are no keys to check the proof with: the policy of this document class names none"
            return Refusal(Answer.PROOF_INVALID, f"{text}; send without it")
        signed = verify_proof(proof, named_key_set(policy.verification_keys))
        return contradiction(expected, signed, sent_at, received_at) or Level.OWN_KEY
    except InvalidProofError as invalid:
        return Refusal(Answer.PROOF_INVALID, f"the proof is not accepted: {invalid}")


def _what_to_send(message: AboutReview, demanded: Level) -> str:
    what, command = _WORDS.get(type(message), ("decision", "decide"))
    lacking = f"this document class needs a proof of identity of the level {demanded} or above for a {what}"
    by_key = f"sign it with your key, for example with `compliance {command} --sign KEYFILE`"
    return (
        f"{lacking}: {by_key}" if demanded is Level.OWN_KEY else f"{lacking}: send it from the front door, or {by_key}"
    )


def delegation_key_refusal(head: Head, decision: Decision, arrival: Arrival) -> Refusal | None:
    """Return why a delegation does not count, by its proof. None if it counts, or if there is no delegation.

    It ends with the keys of the person who has delegated, or with the key of the front door that vouched for it.
    Whoever may write to the table of delegations cannot make one count. Raises KeySetError as `proof_refusal`.
    """
    proof, person, keys = decision.delegation_proof, decision.on_behalf_of, head.policy.verification_keys
    if person is None:
        return None
    if not claimed_level(proof).reaches(head.policy.proof):
        return Refusal(
            Answer.PROOF_MISSING,
            f"in the place of {person}: the delegation has no proof of the level that this class demands",
        )
    if proof is None:
        return None
    try:
        if is_attestation(proof):
            attested_delegation(proof, attestation_keys(), decision_content(RecordedDecision(0, decision)))
        elif keys:
            received_at = max(decision.enqueued_at, arrival.copy_enqueued_at)
            why = ended_delegation(proof, named_key_set(keys), person, decision.enqueued_at, received_at)
            return Refusal(Answer.PROOF_INVALID, f"in the place of {person}: {why}") if why else None
    except InvalidProofError as invalid:
        return Refusal(Answer.PROOF_INVALID, f"in the place of {person}: {invalid}")
    return None
