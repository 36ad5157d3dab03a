"""The adapters that the front door uses, composed once per process on first use."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

from cachetools import LRUCache

from adapters.attestation_keys import attestation_keys
from adapters.blobs.documents import Documents
from adapters.clients import Clients
from adapters.front_door.attesting import Attestor
from adapters.front_door.opening import open_signer
from adapters.front_door.read_log import ReadLog
from adapters.ledger.bindings import Bindings
from adapters.ledger.delegations import Delegations
from adapters.ledger.lists.inboxes import Inboxes
from adapters.ledger.revocations import Revocations
from adapters.ledger.store import Ledger
from adapters.messaging.messages import Messages
from adapters.policies import policies
from adapters.settings import Settings, settings
from contracts.policy_file.policies import Policies
from web.clock import now
from web.principal import Expected
from web.rates import Rates

_MOST_COPIES: Final = 1000


@dataclass(frozen=True, slots=True)
class Door:
    """What the front door reads, and what it sends and signs with."""

    expected: Expected
    ledger: Ledger
    inboxes: Inboxes
    delegations: Delegations
    revocations: Revocations
    bindings: Bindings
    documents: Documents
    messages: Messages
    read_log: ReadLog
    attestor: Callable[[], Attestor]  # raises SigningKeyError if nothing signs
    policies: Callable[[], Policies]
    form_key: bytes  # under which forms are made, the same in all processes
    settings: Settings
    now: Callable[[], datetime] = now
    reading: Rates = field(default_factory=lambda: Rates(burst=120, per_second=20))
    sending: Rates = field(default_factory=lambda: Rates(burst=30, per_second=0.5))  # all of one page of a list at once
    # Whether a moved document has the bytes on record: somebody has written to it since, so all of it was hashed.
    same_copies: LRUCache[str, bool] = field(default_factory=lambda: LRUCache(_MOST_COPIES))


def compose(clients: Clients, chosen: Settings) -> Door:
    """Put the adapters together over one set of clients."""

    @cache
    def attestor() -> Attestor:
        return Attestor(open_signer(chosen.attestation_signing_key, lambda: clients.credential), attestation_keys)

    return Door(
        Expected(chosen.sign_in_client_id, chosen.sign_in_tenant_id, chosen.guests_may_sign_in),
        Ledger(clients.ledger_table),
        Inboxes(clients.waiting_table),
        Delegations(clients.ledger_table),
        Revocations(clients.ledger_table),
        Bindings(clients.ledger_table),
        Documents(clients.blobs),
        Messages(clients.service_bus),
        ReadLog(clients.reads_table),
        attestor,
        policies,
        form_key_of(chosen.form_key),
        chosen,
    )


def form_key_of(setting: str | None) -> bytes:
    """Return the key of forms. Without a setting each process has one of its own: enough for a single one."""
    return hashlib.sha256(setting.encode()).digest() if setting else secrets.token_bytes()


@cache
def current_door() -> Door:
    """Return the adapters of this process."""
    return compose(Clients(settings()), settings())
