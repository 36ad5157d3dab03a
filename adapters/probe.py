"""A look at what storage and Service Bus hold, for whoever asks whether anything is stuck. It changes nothing."""

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
from adapters.messaging.messages import refused_because
from contracts.names import DEAD_LETTERED, PENDING

_PAGE: Final = 250


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row of the ledger as it lies there, and when storage wrote it."""

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
class Waiting:
    """The messages of a queue, as far as it was looked through."""

    messages: int
    active_since: datetime | None  # when the oldest was enqueued that is neither scheduled nor deferred
    set_aside: int  # messages that count in neither of the two
    is_all: bool


class Probe:
    """Reads rows that may be damaged, blobs with their ages, and queues up to a bound."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def storage_time(self) -> datetime:
        """Storage's own clock, rounded up to a second; a refusal tells it, too. Raises AzureError when none answers."""
        dates: list[datetime] = []

        def keep(response: Any) -> None:  # the SDK's PipelineResponse
            dates.append(parsedate_to_datetime(response.http_response.headers["Date"]))

        try:
            await self._clients.blobs.get_container_client(PENDING).get_container_properties(raw_response_hook=keep)
        except HttpResponseError:
            if not dates:
                raise
        return dates[-1] + timedelta(seconds=1)

    async def rows(self, partition: str) -> AsyncIterator[StoredRow]:
        """Every row of a partition of the ledger."""
        query = "PartitionKey eq @key"
        async for row in self._clients.ledger_table.query_entities(query, parameters={"key": partition}):
            yield _stored(row)

    async def head(self, review_id: str) -> StoredRow | None:
        """The row of a review's head, or None."""
        try:
            row = await self._clients.ledger_table.get_entity(review_id, HEAD)
        except ResourceNotFoundError:
            return None
        return _stored(row)

    async def blobs(self, container: str) -> AsyncIterator[StoredBlob]:
        """Every blob of a container."""
        client = self._clients.blobs.get_container_client(container)
        async for properties in client.list_blobs(include=["metadata"]):
            yield StoredBlob(Blob.of(container, properties), properties.last_modified)

    async def opens(self, container: str) -> None:
        """Raises AzureError when a container cannot be listed."""
        async for _ in self._clients.blobs.get_container_client(container).list_blobs(results_per_page=1):
            return

    async def waiting(self, entity: str, most: int, set_aside: Collection[str] = ()) -> Waiting:
        """What a queue, `topic/subscription`, or the dead-letter queue below either holds; nothing is taken.

        `set_aside`: what was refused for one of these reasons is counted apart.
        """
        seen, aside, since, number = 0, 0, None, 1
        async with self._receiver(entity) as receiver:
            while seen < most:
                page = await receiver.peek_messages(min(_PAGE, most - seen), sequence_number=number)
                if not page:
                    return Waiting(seen - aside, since, aside, is_all=True)
                seen += len(page)
                number = (page[-1].sequence_number or 0) + 1
                counted = [each for each in page if refused_because(each) not in set_aside]
                aside += len(page) - len(counted)
                active = [each for each in counted if each.state is ServiceBusMessageState.ACTIVE]
                since = since or next((each.enqueued_time_utc for each in active), None)
        return Waiting(seen - aside, since, aside, is_all=False)

    def _receiver(self, entity: str) -> ServiceBusReceiver:
        name = entity.removesuffix(DEAD_LETTERED)
        sub_queue = ServiceBusSubQueue.DEAD_LETTER if name != entity else None
        topic, _, subscription = name.partition("/")
        if subscription:
            return self._clients.service_bus.get_subscription_receiver(topic, subscription, sub_queue=sub_queue)
        return self._clients.service_bus.get_queue_receiver(name, sub_queue=sub_queue)


def _stored(row: TableEntity) -> StoredRow:
    return StoredRow(row, datetime.fromisoformat(str(row.metadata["timestamp"])))
