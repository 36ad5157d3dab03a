"""Keep a delegation: somebody hands their decisions to another person for a time."""

from __future__ import annotations

from adapters.messaging.arrivals import Arrival
from adapters.policies import policies
from adapters.verification_keys import named_key_set
from compliance.levels import Level
from compliance.outcome import Answer
from compliance.refusal import Refusal
from contracts.messages.decisions import DelegationV1
from contracts.proofs.delegation_proof import delegation_refusal, signing_time
from reviews.app import App
from reviews.operators.rights import delegating_refusal


async def delegate(app: App, delegation: DelegationV1, arrival: Arrival) -> Refusal | None:
    """Keep a delegation with the key sets that verify it. Returns why it is refused, or None.

    Raises KeySetError, LedgerConflictError.
    """
    people = (delegation.by, delegation.to)
    if refusal := await delegating_refusal(app, people, arrival.copy_enqueued_at):
        return refusal
    verifying = verifying_key_sets(delegation, arrival, policies().key_sets)
    if isinstance(verifying, Refusal):
        return verifying
    proof = delegation.proof
    signed_at = signing_time(proof, named_key_set(verifying[0])) if proof and verifying else None
    level = Level.OWN_KEY if verifying else Level.NONE
    return await app.delegations.take(delegation.delegation(arrival.enqueued_at, level, verifying, signed_at))


def verifying_key_sets(
    delegation: DelegationV1, arrival: Arrival, key_sets: frozenset[str]
) -> tuple[str, ...] | Refusal:
    """Return the key sets that verify the signature: empty if unsigned, a Refusal if no key set verifies it.

    All policies' key sets are tried, because it is not known yet for which reviews the delegation will be used.
    """
    if delegation.proof is None:
        return ()
    verifying: list[str] = []
    refusals: list[Refusal] = []
    for name in sorted(key_sets):
        keys = named_key_set(name)
        refusal = delegation_refusal(delegation, delegation.proof, keys, arrival.enqueued_at, arrival.copy_enqueued_at)
        if refusal:
            refusals.append(refusal)
        else:
            verifying.append(name)
    if verifying:
        return tuple(verifying)
    if not refusals:
        return Refusal(Answer.PROOF_INVALID, "no policy names keys to check the proof with; send it without")
    return next((refusal for refusal in refusals if refusal.answer is Answer.PROOF_REPLAYED), refusals[0])
