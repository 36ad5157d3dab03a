"""A storage account of the tests: clients for the app under test, and the view of everybody else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Self

from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient, LinearRetry

from adapters.blobs.documents import Documents
from adapters.ledger.lists.inboxes import Inboxes
from adapters.ledger.store import Ledger
from adapters.ledger.table import LedgerTable
from compliance.document import DocumentVersion, bare_etag, review_id
from compliance.outcome import Outcome, Reason, ReviewState, Verdict
from compliance.review import Head
from compliance.transitions import close, open_review
from contracts.history import MoveResult
from contracts.names import ARCHIVED, LEDGER_TABLE, PENDING, PUBLISHED, STAGING, WAITING_TABLE
from evidence.chain import link
from reviews.documents.moving import Mover
from tests.builders import DEADLINE, REQUESTED_AT, SUBMITTER, policy
from tests.storage.wire import Wire

CONTAINERS = (PENDING, STAGING, PUBLISHED, ARCHIVED)
_BLOCK = 1024 * 1024  # aiohttp warns of larger bodies
_NUMBERS: Iterator[int] = count(1)


def fresh_name(ending: str = "annual report.pdf") -> str:
    """Return a document name that no other test uses."""
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
        self.users = BlobServiceClient.from_connection_string(
            self.users_connection_string, max_single_put_size=_BLOCK, max_block_size=_BLOCK
        )
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
        return Ledger(self.ledger_table())

    def ledger_table(self, name: str = LEDGER_TABLE) -> LedgerTable:
        """Return the app's client of the ledger's table."""
        wired = {"transport": self.wire, "retry_backoff_factor": 0}
        return LedgerTable(self.table_service.url, name, credential=self.table_service.credential, **wired)

    @property
    def inboxes(self) -> Inboxes:
        """The app's inboxes."""
        return Inboxes(self.ledger_table(WAITING_TABLE))

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

    async def etag(self, location: str) -> str:
        """Return the ETag of the blob at `container/name`."""
        properties = await self.users.get_blob_client(*location.split("/", 1)).get_blob_properties()
        return bare_etag(str(properties.etag))

    async def everywhere(self, head: Head) -> dict[str, Found]:
        """Return the blobs in all places where a review's document can be, by `container/name`."""
        name, found = head.document.name, dict[str, Found]()
        for container, prefix in (
            (PENDING, name),
            (PUBLISHED, name),
            (ARCHIVED, head.review_id),
            (STAGING, head.review_id),
        ):
            there = self.users.get_container_client(container)
            async for listed in there.list_blobs(name_starts_with=prefix, include=["metadata"]):
                download = await there.download_blob(listed.name, decompress=False)
                found[f"{container}/{listed.name}"] = Found(
                    await download.readall(),
                    dict(listed.metadata or {}),
                    str(listed.blob_tier),
                    listed.content_settings.content_type,
                )
        return found

    async def review(self, name: str, content: bytes, verdict: Verdict, **metadata: str) -> Head:
        """Upload a document and open a review of it that is inspected and decided already."""
        etag = await self.put(PENDING, name, content, metadata)
        digest = hashlib.sha256(content).hexdigest()
        head = Head(
            review_id(PENDING, name, etag),
            DocumentVersion(PENDING, name, etag, digest, len(content), "application/octet-stream"),
            policy(),
            SUBMITTER,
            state=ReviewState.DECIDED,
            verdict=verdict,
            requested_at=REQUESTED_AT,
            deadline=DEADLINE,
            last_at=REQUESTED_AT,
        )
        await self.books.insert(head)
        return link(None, open_review(head)).head

    async def publish_by_hand(self, head: Head) -> None:
        """Leave what a run leaves that has copied a document to `published`, deleted its source and crashed then."""
        document = head.document
        source = self.users.get_blob_client(document.container, document.name)
        target = self.users.get_blob_client(PUBLISHED, document.name)
        await target.start_copy_from_url(source.url, metadata={"reviewid": head.review_id})
        await source.delete_blob()

    async def close(self, head: Head, moved: MoveResult) -> Head:
        """Close a review as `close_review` does."""
        prevented = moved.prevented and Outcome(moved.prevented)
        reason = Reason(moved.reason) if moved.reason else None
        return await self.books.change(
            head.review_id,
            lambda stored: close(stored, DEADLINE, moved.location, prevented, reason, copy_etag=moved.etag),
        )
