"""Keep a delegation: somebody hands their decisions to another person for a time."""

from __future__ import annotations

from adapters.attestation_keys import attestation_keys
from adapters.messaging.arrivals import Arrival
from adapters.policies import policies
from adapters.verification_keys import named_key_set
from compliance.outcome import Answer
from compliance.people.delegation import Delegation
from compliance.people.levels import Level
from compliance.refusal import Refusal
from contracts.messages.decisions import DelegationV1
from contracts.proofs.attestation import (
    claimed_level,
    delegation_attestation_refusal,
    delegation_attested_at,
    is_attestation,
)
from contracts.proofs.delegation_proof import delegation_refusal, signing_time
from reviews.app import App
from reviews.attested.answers import rows_of_kept
from reviews.attested.binding import bind_sender, find_binding
from reviews.operators.rights import delegating_refusal


async def delegate(app: App, delegation: DelegationV1, arrival: Arrival) -> Refusal | None:
    """Keep a delegation with the key sets that verify it. Returns why it is refused, or None.

    Raises KeySetError, LedgerConflictError.
    """
    people = (delegation.by, delegation.to)
    if refusal := await delegating_refusal(app, people, arrival.copy_enqueued_at):
        return refusal
    given = given_delegation(delegation, arrival, policies().key_sets)
    if isinstance(given, Refusal):
        return given
    of_name = await find_binding(app, delegation.by)
    if refusal := await bind_sender(app, delegation.by, delegation.proof, arrival, of_name):
        return refusal
    return await app.delegations.take(given, *rows_of_kept(delegation, arrival))


def given_delegation(message: DelegationV1, arrival: Arrival, key_sets: frozenset[str]) -> Delegation | Refusal:
    """Return the delegation with the level of its proof, or why the proof is refused. Raises KeySetError."""
    proof, times = message.proof, (arrival.enqueued_at, arrival.copy_enqueued_at)
    if proof is None:
        return message.delegation(arrival.enqueued_at)
    if is_attestation(proof):
        front_door = attestation_keys()
        if refusal := delegation_attestation_refusal(message, proof, front_door, *times):
            return refusal
        at = delegation_attested_at(proof, front_door)
        return message.delegation(arrival.enqueued_at, claimed_level(proof), signed_at=at)
    verifying = verifying_key_sets(message, arrival, key_sets)
    if isinstance(verifying, Refusal):
        return verifying
    at = signing_time(proof, named_key_set(verifying[0]))
    return message.delegation(arrival.enqueued_at, Level.OWN_KEY, verifying, at)


def verifying_key_sets(
    delegation: DelegationV1, arrival: Arrival, key_sets: frozenset[str]
) -> tuple[str, ...] | Refusal:
    """Return the key sets that verify the person's own signature: empty if unsigned, a Refusal if none verifies it.

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
