"""Check the proof of identity of a message with the keys of its review's policy."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from adapters.messaging.arrivals import Arrival
from adapters.verification_keys import named_key_set
from compliance.levels import Level, demanded_level
from compliance.outcome import Answer
from compliance.proof import contradiction
from compliance.refusal import Refusal
from compliance.review import Decision, Head
from contracts.messages.decisions import AboutReview, RetractionV1, ReviewWithdrawnV1
from contracts.proofs.decision_proof import InvalidProofError, act_of, statement_of, verify_proof
from contracts.proofs.delegation_proof import ended_delegation

# What a message is called, and the command that sends it.
_WORDS: Final[dict[type[AboutReview], tuple[str, str]]] = {
    ReviewWithdrawnV1: ("withdrawal", "withdraw"),
    RetractionV1: ("retraction", "retract"),
}


def proof_refusal(
    head: Head, message: AboutReview, arrival: Arrival, sent_at: datetime | None = None
) -> Refusal | None:
    """Return why a message's proof of identity is refused; None if it is accepted, or absent and not required.

    `sent_at` is the recorded time of sending, if that is not the arrival's: a bundle is verified by it.
    A proof that the policy does not require is verified all the same. Raises KeySetError if the policy's key set cannot
    be read, which an operator has to repair.
    """
    policy = head.policy
    if message.proof is None:
        what, command = _WORDS.get(type(message), ("decision", "decide"))
        text = (
            f"this document class counts nothing without a proof of identity: sign the {what} with your key, "
            f"for example with `compliance {command} --sign KEYFILE`, and send it with the field proof"
        )
        return (
            None
            if Level.NONE.reaches(demanded_level(policy.proof, act_of(message)))
            else Refusal(Answer.PROOF_MISSING, text)
        )
    if policy.verification_keys is None:
        text = (
            "there are no keys to check the proof with: the policy of this document class names none; send without it"
        )
        return Refusal(Answer.PROOF_INVALID, text)
    try:
        signed = verify_proof(message.proof, named_key_set(policy.verification_keys))
    except InvalidProofError as invalid:
        return Refusal(Answer.PROOF_INVALID, f"the proof is not accepted: {invalid}")
    expected = statement_of(message, head.document.sha256)
    sent_at = sent_at or arrival.enqueued_at
    return contradiction(expected, signed, sent_at, max(sent_at, arrival.copy_enqueued_at))


def delegation_key_refusal(head: Head, decision: Decision, arrival: Arrival) -> Refusal | None:
    """Return why a signed delegation no longer counts; None if it does, or the decision rests on none.

    It ends with the keys of the person who has delegated. Raises KeySetError as `proof_refusal`.
    """
    if not decision.delegation_proof or not decision.on_behalf_of or head.policy.verification_keys is None:
        return None
    keys = named_key_set(head.policy.verification_keys)
    times = (decision.enqueued_at, max(decision.enqueued_at, arrival.copy_enqueued_at))
    if why := ended_delegation(decision.delegation_proof, keys, decision.on_behalf_of, *times):
        return Refusal(Answer.PROOF_INVALID, f"in the place of {decision.on_behalf_of}: {why}")
    return None
