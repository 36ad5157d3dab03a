"""Whether a message comes from the person whom it names: its proof, checked with the keys of the review's policy."""

from __future__ import annotations

from adapters.messaging.arrivals import Arrival
from adapters.verification_keys import named_key_set
from compliance.outcome import Answer
from compliance.proof import contradiction
from compliance.refusal import Refusal
from compliance.review import Head
from contracts.messages.decisions import AboutReview, ReviewWithdrawnV1
from contracts.proofs.decision_proof import InvalidProofError, statement_of, verified


def unproven(head: Head, said: AboutReview, message: Arrival) -> Refusal | None:
    """Why a message is not believed; None where it is. A proof that nobody asked for is checked all the same.

    Raises KeySetError when the policy's key set cannot be read, which is for operators to mend.
    """
    policy = head.policy
    if said.proof is None:
        what, command = ("withdrawal", "withdraw") if isinstance(said, ReviewWithdrawnV1) else ("decision", "decide")
        text = (
            f"this document class counts nothing without a proof of identity: sign the {what} with your key, "
            f"for example with `compliance {command} --sign KEYFILE`, and send it with the field proof"
        )
        return Refusal(Answer.PROOF_MISSING, text) if policy.require_proof else None
    if policy.verification_keys is None:
        text = (
            "there are no keys to check the proof with: the policy of this document class names none; send without it"
        )
        return Refusal(Answer.PROOF_INVALID, text)
    try:
        signed = verified(said.proof, named_key_set(policy.verification_keys))
    except InvalidProofError as invalid:
        return Refusal(Answer.PROOF_INVALID, f"the proof is not accepted: {invalid}")
    expected = statement_of(said, head.document.sha256)
    return contradiction(expected, signed, message.enqueued_at, message.copy_enqueued_at)
