"""The app without a host: its use cases over one account, and orchestrations that run when a test says so."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
from types import SimpleNamespace
from typing import Any, cast

import azure.durable_functions as df
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableServiceClient

from adapters.blobs.copies import CopyFailedError
from adapters.blobs.documents import Documents
from adapters.blobs.moved_copies import ContradictedError
from adapters.content.processes.pool import Inspectors, shared_inspectors
from adapters.ledger.lists.inboxes import Inboxes
from adapters.ledger.rows import HEAD, OutboxEvent, head_of
from adapters.ledger.store import Ledger
from adapters.messaging.arrivals import Arrival
from adapters.probe import Probe
from cli.doctor.copy_observer import Copies
from cli.doctor.diagnosis import Trouble, find_troubles
from cli.doctor.observer import Observer
from cli.doctor.parts import QUEUES, SUBSCRIPTIONS_OF_TOPIC
from cli.session import Session
from compliance.outcome import ReviewState, Verdict
from compliance.review import Head
from compliance.transitions import begin
from contracts.history import MoveResult
from contracts.messages.commands import ReviewRepairV1
from contracts.names import LEDGER_TABLE, WAITING_TABLE
from reviews.announcing import announce_outcome
from reviews.app import App
from reviews.closing import close_review
from reviews.documents.moving import Mover
from reviews.expiring import expire_review
from reviews.inspecting import inspect_document
from reviews.operators.repairing_review import repair_review
from reviews.sweep.repairing import repair_everything
from tests.builders import DEADLINE, REQUESTED_AT
from tests.storage.account import Account

OPERATOR = "olga@example.org"


class NoQueue:
    """The broker, whose queues are empty."""

    async def peek(self, _: str) -> Any:
        for nothing in ():
            yield nothing


class NoRevocations:
    """No person's right has ended."""

    async def list_all(self) -> list[Any]:
        """Do as `adapters.ledger.revocations.Revocations.list_all`."""
        return []


@dataclass
class _Parts:
    """The parts of the app that the sweep and its reviews need."""

    ledger: Ledger
    documents: Documents
    inspectors: Inspectors
    mover: Mover
    messages: NoQueue
    events: Any
    revocations: NoRevocations
    inboxes: Inboxes
    has_front_door: bool = False
    settings: Any = field(default_factory=lambda: SimpleNamespace(attestation_signing_key=None))


@dataclass
class RunningApp:
    """The app over one account; `announced` holds its completion events, `started` what the sweep has started."""

    account: Account
    announced: dict[str, Any] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        account = self.account
        self.app = cast(
            App,
            _Parts(
                account.ledger,
                account.documents,
                shared_inspectors(),
                account.mover,
                NoQueue(),
                self,
                NoRevocations(),
                account.inboxes,
            ),
        )
        self.client = cast(df.DurableOrchestrationClient, self)

    async def publish(self, event: OutboxEvent) -> None:
        """Do as `adapters.messaging.events.Events.publish`."""
        self.announced[event.id] = event.data

    async def get_status(self, *_: Any) -> None:
        """Do as the client of a hub in which nothing runs."""

    async def start_new(self, _: str, review_id: str) -> None:
        """Do as the client of a hub."""
        self.started.append(review_id)

    async def raise_event(self, *_: Any) -> None:
        """Do as the client of a hub."""

    async def sweep(self) -> None:
        """Sweep, and let every orchestration go on that was started."""
        self.started.clear()
        await repair_everything(self.app, self.client)
        for review_id in self.started:
            with suppress(ContradictedError, CopyFailedError):  # it fails, and the next sweep starts it again
                await self.go_on(review_id)

    async def go_on(self, review_id: str) -> None:
        """Run a review's orchestration from the top until it waits or ends."""
        inspection = await inspect_document(self.app, review_id)
        head = await self.app.ledger.get(review_id)
        if inspection and head.state is ReviewState.OPEN:
            document = replace(head.document, sha256=inspection.sha256, length=inspection.length)
            head = await self.app.ledger.change(
                review_id, lambda stored: begin(stored, document, REQUESTED_AT, inspection.refused)
            )
        if head.state is ReviewState.DECIDED:
            await self.finish(head)

    async def finish(self, head: Head) -> None:
        """Move the document of a decided review, close and announce the review."""
        if head.verdict in (Verdict.SUPERSEDE, Verdict.GONE):
            moved = MoveResult()
        else:
            mover = self.app.mover
            moved = await (mover.publish(head) if head.verdict is Verdict.APPROVE else mover.archive(head))
        await close_review(self.app, head.review_id, moved, DEADLINE)
        await announce_outcome(self.app, head.review_id)

    async def expire(self, head: Head) -> None:
        """Let a review's deadline pass."""
        with suppress(ContradictedError):
            await expire_review(self.app, head.review_id, DEADLINE + timedelta(hours=200), final=True)

    async def heads(self) -> list[Head]:
        """Return every review of the ledger."""
        table = self.account.ledger_table()
        return [head_of(row) async for row in table.query_entities(f"RowKey eq '{HEAD}'")]

    async def troubles(self, copies: Copies = Copies.NONE) -> list[Trouble]:
        """Return what `compliance doctor` finds, with no patience."""
        session = cast(Session, self.app)
        probe = Probe(cast(Any, _Clients(self.account)))
        observer = Observer(session, probe, None, (*QUEUES, SUBSCRIPTIONS_OF_TOPIC))
        observer._look_at_policies = lambda: None
        seen = await observer.observe(copies)
        assert not seen.unseen
        assert not seen.missing
        return find_troubles(seen, timedelta(days=-1))

    async def repair(self, review_id: str, copy_at: str | None = None) -> str:
        """Run `compliance repair`; return the answer."""
        body = {
            "type": "ReviewRepairV1",
            "reviewId": review_id,
            "by": OPERATOR,
            "reason": "restored",
            "copyAt": copy_at,
        }
        arrival = Arrival("m", b"", DEADLINE, DEADLINE, 0, None, {})
        reply = await repair_review(self.app, ReviewRepairV1.model_validate(body), arrival)
        return reply.answer


@dataclass
class _Clients:
    account: Account

    @property
    def blobs(self) -> Any:
        return self.account.blobs

    @property
    def ledger_table(self) -> Any:
        return self.account.ledger_table()


async def rows_of(service: TableServiceClient) -> list[TableEntity]:
    """Return all rows of a ledger."""
    return [row async for row in service.get_table_client(LEDGER_TABLE).list_entities()]


async def restore_rows(service: TableServiceClient, rows: list[TableEntity]) -> None:
    """Write a ledger that was exported into a new table."""
    await service.create_table(WAITING_TABLE)
    table = await service.create_table(LEDGER_TABLE)
    for _, partition in groupby(sorted(rows, key=_partition), key=_partition):
        left = [("create", row) for row in partition]
        while left:  # a transaction takes 100 at most
            await table.submit_transaction(left[:100])
            left = left[100:]


def _partition(row: TableEntity) -> str:
    return row["PartitionKey"]
