"""The evidence of one review that can be reached from here: the ledger's, and what is kept outside of it."""

from __future__ import annotations

from dataclasses import replace

from azure.servicebus.exceptions import ServiceBusAuthenticationError, ServiceBusAuthorizationError

from adapters.ledger.store import Ledger
from adapters.settings import SettingsError
from adapters.stored_evidence import completion_event, copy_of, stored_evidence
from cli.access.reachability import UnreachableError
from cli.failures import CommandError, ExitCode
from cli.lookup import resolve_named_review_id
from cli.session import Session
from cli.terminal import say
from evidence.chain import Json
from evidence.checks import Evidence


async def evidence_in_ledger(ledger: Ledger, id_or_name: str) -> Evidence:
    """Return the rows of the review with this id, the only one that starts so, or the newest of a document so named.

    Raises CommandError if there is no such review, FaultError if its head cannot be read.
    """
    review_id = await resolve_named_review_id(ledger, id_or_name)
    stored = await stored_evidence(ledger, review_id)
    if stored is None:
        raise CommandError(f"there is no review {review_id}", ExitCode.NOT_FOUND)
    return stored


async def evidence_at_hand(session: Session, id_or_name: str) -> Evidence:
    """Add the completion event and the moved document's metadata, if they are still there.

    Reads the event first: if the review is closed meanwhile, its rows must not be older than its event.
    """
    event = await _event(session, await resolve_named_review_id(session.ledger, id_or_name))
    stored = await evidence_in_ledger(session.ledger, id_or_name)
    return replace(stored, event=event, copy=await copy_of(session.documents, stored))


async def _event(session: Session, review_id: str) -> Json | None:
    """Return the completion event. None, with a remark, if Service Bus does not serve this person."""
    try:
        return await completion_event(session.messages, review_id)
    except SettingsError:
        why = "the settings name no Service Bus"
    except (ServiceBusAuthenticationError, ServiceBusAuthorizationError):
        why = "Service Bus refuses access"
    except UnreachableError as error:
        why = str(error)
    say(f"The completion event was not read: {why}.")
    return None
