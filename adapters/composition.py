"""What the functions work with, put together once per process on first use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from adapters.clients import Clients
from adapters.delegations import Delegations
from adapters.documents import Documents
from adapters.events import Events
from adapters.ledger import Ledger
from adapters.messages import Messages
from adapters.moving import Mover
from adapters.quarantine_log import QuarantineLog
from adapters.settings import settings


@dataclass(frozen=True, slots=True)
class Adapters:
    """The outside world as the app sees it."""

    ledger: Ledger
    documents: Documents
    mover: Mover
    messages: Messages
    events: Events
    quarantine_log: QuarantineLog
    delegations: Delegations


def compose(clients: Clients) -> Adapters:
    """The adapters over one set of clients."""
    ledger, documents = Ledger(clients.ledger_table), Documents(clients.blobs)
    return Adapters(
        ledger,
        documents,
        Mover(documents, ledger),
        Messages(clients.service_bus),
        Events(clients.topic, ledger),
        QuarantineLog(clients.ledger_table, ledger),
        Delegations(clients.ledger_table),
    )


@cache
def adapters() -> Adapters:
    """The adapters of this process."""
    return compose(Clients(settings()))
