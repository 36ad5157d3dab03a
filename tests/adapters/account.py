"""A storage account of the tests: clients for the app under test, and the view of everybody else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from types import TracebackType
from typing import Self

from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient, LinearRetry

from adapters.documents import Documents
from adapters.ledger import Ledger
from adapters.moving import Mover
from compliance.document import DocumentVersion, bare_etag, review_id
from compliance.ledger import close, expire, inspect, record, supersede, withdraw
from compliance.outcome import Outcome, Reason, Verdict
from compliance.review import Head, Transition
from contracts.workflow import ARCHIVED, LEDGER_TABLE, PENDING, PUBLISHED, STAGING, MoveResult
from tests.adapters.wire import Wire
from tests.builders import DEADLINE, REQUESTED_AT, SUBMITTER, decision, policy

CONTAINERS = (PENDING, STAGING, PUBLISHED, ARCHIVED)
_NUMBERS: Iterator[int] = count(1)


def fresh_name(ending: str = "annual report.pdf") -> str:
    """A document name that no other test uses."""
    return f"reports/{next(_NUMBERS):06d}/{ending}"


@dataclass(frozen=True, slots=True)
class Found:
    """One blob, as storage shows it."""

    content: bytes
    metadata: dict[str, str]
    tier: str
    content_type: str | None


@dataclass(slots=True)
class Account:
    """The app's adapters over a `wire`, and the same account seen by users; an asynchronous context manager."""

    connection_string: str
    users_connection_string: str
    wire: Wire = field(default_factory=Wire)
    pauses: int = 0
    blobs: BlobServiceClient = field(init=False)
    table_service: TableServiceClient = field(init=False)
    users: BlobServiceClient = field(init=False)
    users_tables: TableServiceClient = field(init=False)

    def __post_init__(self) -> None:
        at_once = LinearRetry(backoff=0, random_jitter_range=0)
        self.blobs = BlobServiceClient.from_connection_string(
            self.connection_string, transport=self.wire, retry_policy=at_once
        )
        self.table_service = TableServiceClient.from_connection_string(
            self.connection_string, transport=self.wire, retry_backoff_factor=0
        )
        self.users = BlobServiceClient.from_connection_string(self.users_connection_string)
        self.users_tables = TableServiceClient.from_connection_string(self.users_connection_string)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in (self.blobs, self.table_service, self.users, self.users_tables):
            await client.close()

    @property
    def documents(self) -> Documents:
        """The app's documents."""
        return Documents(self.blobs)

    @property
    def ledger(self) -> Ledger:
        """The app's ledger."""
        return Ledger(self.table_service.get_table_client(LEDGER_TABLE))

    @property
    def mover(self) -> Mover:
        """The app's mover, which waits for nothing."""
        return Mover(self.documents, self.ledger, self._pause)

    @property
    def books(self) -> Ledger:
        """The ledger, read and written past the wire."""
        return Ledger(self.users_tables.get_table_client(LEDGER_TABLE))

    async def _pause(self) -> None:
        self.pauses += 1

    async def put(self, container: str, name: str, content: bytes, metadata: dict[str, str] | None = None) -> str:
        """Upload as a user does; the ETag without quotes."""
        blob = self.users.get_blob_client(container, name)
        written = await blob.upload_blob(content, overwrite=True, metadata=metadata)
        return bare_etag(str(written["etag"]))

    async def everywhere(self, head: Head) -> dict[str, Found]:
        """The blobs in every place where a review's document can be, by `container/name`."""
        name, found = head.document.name, dict[str, Found]()
        for container, prefix in (
            (PENDING, name),
            (PUBLISHED, name),
            (ARCHIVED, head.review_id),
            (STAGING, head.review_id),
        ):
            async for listed in self.users.get_container_client(container).list_blobs(name_starts_with=prefix):
                blob = self.users.get_blob_client(container, listed.name)
                seen, download = await blob.get_blob_properties(), await blob.download_blob()
                found[f"{container}/{listed.name}"] = Found(
                    await download.readall(),
                    dict(seen.metadata or {}),
                    str(seen.blob_tier),
                    seen.content_settings.content_type,
                )
        return found

    async def review(self, name: str, content: bytes, verdict: Verdict | None, **metadata: str) -> Head:
        """Upload a document and bring its review to this verdict; None: it stays open."""
        etag = await self.put(PENDING, name, content, metadata)
        key, version = review_id(PENDING, name, etag), DocumentVersion(PENDING, name, etag)
        await self.books.insert(Head(key, version, policy(), SUBMITTER))
        inspected = replace(version, sha256=hashlib.sha256(content).hexdigest(), length=len(content))

        def decided(head: Head) -> Transition | None:
            match verdict:
                case Verdict.APPROVE | Verdict.REJECT:
                    return record(head, [], decision(verdict=verdict))
                case Verdict.EXPIRE:
                    return expire(head, DEADLINE + timedelta(seconds=1))
                case Verdict.WITHDRAW:
                    return withdraw(head, SUBMITTER, DEADLINE)
                case Verdict.SUPERSEDE:
                    return supersede(head)
                case None:
                    return Transition(head)

        await self.books.transition(key, lambda head, _: head and inspect(head, inspected, REQUESTED_AT, None))
        done = await self.books.transition(key, lambda head, _: head and decided(head))
        assert done
        return done.head

    async def close(self, head: Head, moved: MoveResult) -> Head:
        """Close a review as `close_review` does."""
        prevented = moved.prevented and Outcome(moved.prevented)
        reason = Reason(moved.reason) if moved.reason else None
        done = await self.books.transition(
            head.review_id, lambda stored, _: stored and close(stored, DEADLINE, moved.location, prevented, reason)
        )
        assert done
        return done.head
