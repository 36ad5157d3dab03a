"""The rights that people need for the commands, and whether the person who is signed in has them.

docs/operations.md has the same table; a test compares them. Each right is tried by something that changes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.servicebus.exceptions import ServiceBusAuthenticationError, ServiceBusAuthorizationError

from adapters.probe import Probe
from cli.failures import explain_failure
from cli.json_output import JsonOutput
from cli.session import Session
from contracts.names import (
    COMMANDS_QUARANTINE,
    DECISION_REPLIES,
    DECISIONS_QUARANTINE,
    DOCUMENT_SUBMISSIONS,
    LEDGER_TABLE,
    OPERATOR_COMMANDS,
    PENDING,
    PUBLISHED,
    REVIEW_DECISIONS,
    REVIEW_EVENTS,
    REVIEW_EVENTS_WATCH,
    SUBMISSIONS_QUARANTINE,
    WAITING_TABLE,
)

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient


class State(StrEnum):
    """Whether a right is there."""

    GRANTED = "granted"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Right:
    """A right: a role on a part of the app."""

    place: str
    role: str
    used_by: str
    use: Callable[[Session], Awaitable[object]]


class RightJson(JsonOutput):
    """A right, and whether it is there."""

    place: str
    role: str
    used_by: str
    state: State
    why: str | None  # of `unknown`


async def _read_blobs(session: Session) -> None:
    await Probe(session.clients).check_listing(PUBLISHED)


async def _write_blobs(session: Session) -> None:
    container = session.clients.blobs.get_container_client(PENDING)
    try:
        await container.delete_blob(f"{uuid.uuid4()}")  # there is no such blob
    except ResourceNotFoundError as error:
        if getattr(error, "error_code", None) != "BlobNotFound":
            raise


async def _read_table(table: Callable[[Session], TableClient], session: Session) -> None:
    try:
        await table(session).get_entity("-", "-")
    except ResourceNotFoundError as error:
        if getattr(error, "error_code", None) == "TableNotFound":
            raise


async def _send(queue: str, session: Session) -> None:
    async with session.clients.service_bus.get_queue_sender(queue) as sender:
        await sender.create_message_batch()  # which opens the link, and is not sent


async def _receive(entity: str, session: Session) -> None:
    await Probe(session.clients).queue_depth(entity, 1)


_SENDER: Final = "Azure Service Bus Data Sender"
_RECEIVER: Final = "Azure Service Bus Data Receiver"
_TABLE_READER: Final = "Storage Table Data Reader"
_DECIDING: Final = "decide, withdraw, delegate, quarantine"
RIGHTS: Final = (
    Right("documents storage account", "Storage Blob Data Reader", "fetch, show", _read_blobs),
    Right(f"container {PENDING}", "Storage Blob Data Contributor", "submit", _write_blobs),
    Right(f"table {LEDGER_TABLE}", _TABLE_READER, "list, show", partial(_read_table, lambda given: given.table)),
    Right(
        f"table {WAITING_TABLE}",
        _TABLE_READER,
        "list --waiting-for",
        partial(_read_table, lambda given: given.clients.waiting_table),
    ),
    Right(
        f"queue {DOCUMENT_SUBMISSIONS}",
        _SENDER,
        "quarantine replay of submissions",
        partial(_send, DOCUMENT_SUBMISSIONS),
    ),
    Right(f"queue {REVIEW_DECISIONS}", _SENDER, _DECIDING, partial(_send, REVIEW_DECISIONS)),
    Right(
        f"queue {OPERATOR_COMMANDS}",
        _SENDER,
        "announce, revoke, reassign, repair, quarantine: operators only",
        partial(_send, OPERATOR_COMMANDS),
    ),
    Right(f"queue {DECISION_REPLIES}", _RECEIVER, _DECIDING, partial(_receive, DECISION_REPLIES)),
    Right(f"queue {DECISIONS_QUARANTINE}", _RECEIVER, "quarantine", partial(_receive, DECISIONS_QUARANTINE)),
    Right(f"queue {SUBMISSIONS_QUARANTINE}", _RECEIVER, "quarantine", partial(_receive, SUBMISSIONS_QUARANTINE)),
    Right(f"queue {COMMANDS_QUARANTINE}", _RECEIVER, "quarantine", partial(_receive, COMMANDS_QUARANTINE)),
    Right(
        f"subscription {REVIEW_EVENTS_WATCH}",
        _RECEIVER,
        "watch",
        partial(_receive, f"{REVIEW_EVENTS}/{REVIEW_EVENTS_WATCH}"),
    ),
)


async def try_right(session: Session, right: Right) -> RightJson:
    """Try a right and return whether it is there."""
    state, why = State.GRANTED, None
    try:
        await right.use(session)
    except (ClientAuthenticationError, ServiceBusAuthenticationError, ServiceBusAuthorizationError):
        state = State.MISSING
    except HttpResponseError as error:
        state = State.MISSING if error.status_code in (401, 403) else State.UNKNOWN
        why = None if state is State.MISSING else explain_failure(error)[0]
    except AzureError as error:
        state, why = State.UNKNOWN, explain_failure(error)[0]
    return RightJson(place=right.place, role=right.role, used_by=right.used_by, state=state, why=why)
