"""Somebody hands their decisions to another for a time."""

from __future__ import annotations

from adapters.messaging.arrivals import Arrival
from adapters.policies import policies
from adapters.verification_keys import named_key_set
from compliance.outcome import Answer
from compliance.refusal import Refusal
from contracts.messages.decisions import DelegationV1
from contracts.proofs.delegation_proof import unproven_delegation
from reviews.answering import Reply
from reviews.app import Adapters


async def delegate(app: Adapters, said: DelegationV1, message: Arrival) -> Reply:
    """Keep a delegation, with the key sets that prove it. Raises KeySetError, LedgerConflictError."""
    proven = proven_by(said, message, policies().key_sets)
    if isinstance(proven, Refusal):
        return Reply(proven.answer, proven.text)
    refusal = await app.delegations.take(said.delegation(message.enqueued_at, proven))
    return Reply(refusal.answer, refusal.text) if refusal else Reply(Answer.RECORDED)


def proven_by(said: DelegationV1, message: Arrival, key_sets: frozenset[str]) -> tuple[str, ...] | Refusal:
    """The key sets of the policies that know the signer; none for what is not signed. Signed in vain is refused.

    Which review will be decided by it is not known yet, so every policy's keys are tried.
    """
    if said.proof is None:
        return ()
    proven: list[str] = []
    refusals: list[Refusal] = []
    for name in sorted(key_sets):
        keys = named_key_set(name)
        wrong = unproven_delegation(said, said.proof, keys, message.enqueued_at, message.copy_enqueued_at)
        if wrong:
            refusals.append(wrong)
        else:
            proven.append(name)
    if proven:
        return tuple(proven)
    if not refusals:
        return Refusal(Answer.PROOF_INVALID, "no policy names keys to check the proof with; send it without")
    return next((refusal for refusal in refusals if refusal.answer is Answer.PROOF_REPLAYED), refusals[0])
