"""All evidence of one review that can be reached from here: the ledger's, and what is kept outside of it."""

from __future__ import annotations

from dataclasses import replace

from adapters.ledger.store import Ledger
from adapters.stored_evidence import completion_event, copy_of, stored_evidence
from adapters.verification_keys import named_jwk_set
from cli.failures import CommandError, ExitCode
from cli.lookup import full_id
from cli.session import Session
from contracts.proofs.key_set import JwkSet
from evidence.checks import Evidence


async def evidence_in_ledger(ledger: Ledger, said: str) -> Evidence:
    """The rows of the review with this id, or of the only one whose id starts so. Raises CommandError, FaultError."""
    review_id = await full_id(ledger, said)
    stored = await stored_evidence(ledger, review_id)
    if stored is None:
        raise CommandError(f"there is no review {review_id}", ExitCode.NOT_FOUND)
    return stored


async def evidence_at_hand(session: Session, said: str) -> Evidence:
    """The same with the completion event and the moved document's metadata, where they are still there.

    The event is looked for first: a review that is closed meanwhile must not be older than its event.
    """
    app = session.app
    event = await completion_event(app.messages, await full_id(app.ledger, said))
    stored = await evidence_in_ledger(app.ledger, said)
    return replace(stored, event=event, copy=await copy_of(app.documents, stored))


def keys_of(session: Session, evidence: Evidence) -> JwkSet | None:
    """The public keys that the review's policy names. Raises KeySetError."""
    name, settings = evidence.head["policy"].get("verificationKeys"), session.settings
    return named_jwk_set(name, settings.policy_file, settings.verification_keys) if name else None
