"""Who is who, by what the front door has seen: names that are bound to accounts."""

from __future__ import annotations

from functools import partial
from typing import Final

from adapters.ledger.bindings import BindingChange
from adapters.ledger.store import StoredReview
from adapters.messaging.arrivals import Arrival
from compliance.people.binding import Account, Binding, bind, conflict, other_names
from compliance.people.reviewers import Revocation
from compliance.refusal import Refusal
from contracts.proofs.attestation import claimed_account, claimed_sign_in, is_attestation
from reviews.app import App

FRONT_DOOR: Final = "front door"


async def find_binding(app: App, name: str) -> Binding | None:
    """Read whom a name is bound to. None if to nobody, or if there is no front door."""
    return await app.bindings.find(name) if app.has_front_door else None


async def find_sender(app: App, name: str) -> tuple[Revocation | None, Binding | None]:
    """Read the revocation of a message's sender, and whom their name is bound to, with one request."""
    return await app.bindings.find_sender(name) if app.has_front_door else (await app.revocations.find(name), None)


async def other_names_of(app: App, name: str) -> tuple[str, ...]:
    """Return the other names of the person whose name this is; empty if there is no front door or no binding."""
    return other_names(name, await find_binding(app, name))


def names_in_review(review: StoredReview, proof: str | None) -> tuple[str, ...]:
    """Return the names under which the account behind an attestation has taken part in a review, whoever has them now.

    The recorded attestations say so; `proof` need not be verified yet. Empty if it is no attestation.
    """
    account = claimed_account(proof)
    if account is None:
        return ()
    said = [(each.decision.proof, each.decision.reviewer) for each in review.decisions]
    said += [(review.head.submission_proof, review.head.submitter)]
    return tuple(dict.fromkeys(name for attested, name in said if name and claimed_account(attested) == account))


async def bind_sender(
    app: App, name: str, proof: str | None, arrival: Arrival, of_name: Binding | None
) -> Refusal | None:
    """Bind a name as `bind_signed_in` does, if the proof is an attestation.

    Who signs with a key of their own, or not at all, is who they say.
    """
    return await bind_signed_in(app, name, proof, arrival, of_name) if proof and is_attestation(proof) else None


async def bind_signed_in(
    app: App, name: str, attestation: str, arrival: Arrival, of_name: Binding | None
) -> Refusal | None:
    """Bind a name to the account that the front door saw, by an attestation that was verified before.

    `of_name` is the binding of the name as it was just read. Returns a refusal if the name is somebody else's, or the
    account has another name. None if all is well. Safe to do twice. Raises LedgerConflictError.
    """
    seen = claimed_sign_in(attestation)
    account = Account(seen.tenant_id, seen.object_id)
    if of_name:
        return conflict(name, account, of_name, None)
    change = BindingChange(
        arrival.fingerprint[:16], arrival.copy_enqueued_at, "bind", name, account, FRONT_DOOR, "first attested message"
    )
    return await app.bindings.change(name, account, partial(bind, name, account, replace=False), change)
