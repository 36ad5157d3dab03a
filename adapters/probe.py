"""Read-only access to storage and Service Bus, for finding out whether anything is stuck."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import TableEntity
from azure.servicebus import ServiceBusMessageState, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusReceiver

from adapters.blobs.documents import Blob
from adapters.clients import Clients
from adapters.ledger.rows import HEAD
from adapters.messaging.messages import refusal_reason
from contracts.names import DEAD_LETTERED, PENDING

_PAGE: Final = 250


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row of the ledger as it is stored, and when storage wrote it."""

    columns: TableEntity
    written_at: datetime

    @property
    def key(self) -> str:
        """The key within its partition."""
        return str(self.columns["RowKey"])


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob and when storage last changed it."""

    blob: Blob
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """The number of messages in a queue, up to a bound."""

    messages: int
    active_since: datetime | None  # when the oldest message was enqueued that is neither scheduled nor deferred
    set_aside: int  # messages that are left out of the two above
    is_all: bool  # False: there may be more than were read


class Probe:
    """A reader of rows that may be damaged, of blobs with their ages, and of queues up to a bound."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def storage_time(self) -> datetime:
        """Read storage's own clock, rounded up to a second. The answer to a refused request has the time, too.

        Raises AzureError if storage does not respond.
        """
        dates: list[datetime] = []

        def keep(response: Any) -> None:  # the SDK's PipelineResponse
            dates.append(parsedate_to_datetime(response.http_response.headers["Date"]))

        try:
            await self._clients.blobs.get_container_client(PENDING).get_container_properties(raw_response_hook=keep)
        except HttpResponseError:
            if not dates:
                raise
        return dates[-1] + timedelta(seconds=1)

    async def rows(self, partition: str, before: str = "~") -> AsyncIterator[StoredRow]:
        """Yield every row of a partition of the ledger whose key comes before another, by default every row."""
        query, parameters = (
            "PartitionKey eq @partition and RowKey lt @before",
            {"partition": partition, "before": before},
        )
        async for row in self._clients.ledger_table.query_entities(query, parameters=parameters):
            yield _stored_row(row)

    async def head(self, review_id: str) -> StoredRow | None:
        """Read the row of a review's head; None if there is no such row."""
        try:
            row = await self._clients.ledger_table.get_entity(review_id, HEAD)
        except ResourceNotFoundError:
            return None
        return _stored_row(row)

    async def heads(self) -> AsyncIterator[StoredRow]:
        """Yield the row of every review's head, of whatever state."""
        async for row in self._clients.ledger_table.query_entities("RowKey eq @head", parameters={"head": HEAD}):
            yield _stored_row(row)

    async def blobs(self, container: str) -> AsyncIterator[StoredBlob]:
        """Yield every blob of a container."""
        client = self._clients.blobs.get_container_client(container)
        async for properties in client.list_blobs(include=["metadata"]):
            yield StoredBlob(Blob.of(container, properties), properties.last_modified)

    async def check_listing(self, container: str) -> None:
        """List one page of a container. Raises AzureError if that is not possible."""
        async for _ in self._clients.blobs.get_container_client(container).list_blobs(results_per_page=1):
            return

    async def queue_depth(self, entity: str, most: int, set_aside: Collection[str] = ()) -> QueueDepth:
        """Count up to `most` messages of a queue, of `topic/subscription`, or of the dead-letter queue of either.

        Messages that were refused for one of the reasons `set_aside` are counted apart. No message is removed.
        """
        seen, aside, since, number = 0, 0, None, 1
        async with self._receiver(entity) as receiver:
            while seen < most:
                page = await receiver.peek_messages(min(_PAGE, most - seen), sequence_number=number)
                if not page:
                    return QueueDepth(seen - aside, since, aside, is_all=True)
                seen += len(page)
                number = (page[-1].sequence_number or 0) + 1
                counted = [each for each in page if refusal_reason(each) not in set_aside]
                aside += len(page) - len(counted)
                active = [each for each in counted if each.state is ServiceBusMessageState.ACTIVE]
                since = since or next((each.enqueued_time_utc for each in active), None)
        return QueueDepth(seen - aside, since, aside, is_all=False)

    def _receiver(self, entity: str) -> ServiceBusReceiver:
        name = entity.removesuffix(DEAD_LETTERED)
        sub_queue = ServiceBusSubQueue.DEAD_LETTER if name != entity else None
        topic, _, subscription = name.partition("/")
        if subscription:
            return self._clients.service_bus.get_subscription_receiver(topic, subscription, sub_queue=sub_queue)
        return self._clients.service_bus.get_queue_receiver(name, sub_queue=sub_queue)


def _stored_row(row: TableEntity) -> StoredRow:
    return StoredRow(row, datetime.fromisoformat(str(row.metadata["timestamp"])))
