"""The adapters that all use cases share, composed once per process on first use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from adapters.blobs.documents import Documents
from adapters.clients import Clients
from adapters.content.processes.pool import Inspectors, shared_inspectors
from adapters.ledger.bindings import Bindings
from adapters.ledger.delegations import Delegations
from adapters.ledger.key_reports import KeyReports
from adapters.ledger.lists.inboxes import Inboxes
from adapters.ledger.quarantine_log import QuarantineLog
from adapters.ledger.revocations import Revocations
from adapters.ledger.store import Ledger
from adapters.ledger_copy.backup import LedgerBackup
from adapters.messaging.events import Events
from adapters.messaging.messages import Messages
from adapters.settings import settings
from reviews.documents.moving import Mover


@dataclass(frozen=True, slots=True)
class App:
    """The adapters of one app: its ledger, its documents and their inspectors, its queues and topics."""

    ledger: Ledger
    documents: Documents
    inspectors: Inspectors
    mover: Mover
    messages: Messages
    events: Events
    quarantine_log: QuarantineLog
    bindings: Bindings
    key_reports: KeyReports
    delegations: Delegations
    revocations: Revocations
    inboxes: Inboxes
    backup: LedgerBackup
    environment: str
    has_front_door: bool  # if not, nobody signs in, and nobody looks for bindings


def compose(clients: Clients) -> App:
    """Put the adapters together over one set of clients."""
    ledger, documents = Ledger(clients.ledger_table), Documents(clients.blobs)
    return App(
        ledger,
        documents,
        shared_inspectors(),
        Mover(documents, ledger),
        Messages(clients.service_bus),
        Events(clients.topic),
        QuarantineLog(clients.ledger_table),
        Bindings(clients.ledger_table),
        KeyReports(clients.ledger_table),
        Delegations(clients.ledger_table),
        Revocations(clients.ledger_table),
        Inboxes(clients.waiting_table),
        LedgerBackup(clients),
        clients.environment,
        clients.has_front_door,
    )


@cache
def current_app() -> App:
    """Return the adapters of this process."""
    return compose(Clients(settings()))
