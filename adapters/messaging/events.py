"""CloudEvents to the Event Grid custom topic. Refusals pass through the outbox, completions through the `open` row."""

from __future__ import annotations

import logging
from datetime import datetime

from azure.core.exceptions import AzureError
from azure.core.messaging import CloudEvent
from azure.eventgrid.aio import EventGridPublisherClient

from adapters.ledger.rows import OutboxEvent
from adapters.ledger.store import Ledger
from contracts.messages.outbound import EVENT_SOURCE, REVIEW_COMPLETED, ReviewCompletedV1


class Events:
    """Publishes; returns only when the topic has accepted the event."""

    def __init__(self, topic: EventGridPublisherClient, ledger: Ledger) -> None:
        self._topic = topic
        self._ledger = ledger

    async def completed(self, data: ReviewCompletedV1) -> None:
        """Announce how a review ended. Its id is the review's, however often it is sent."""
        await self._publish(
            OutboxEvent(
                id=data.review_id,
                type=REVIEW_COMPLETED,
                subject=f"/reviews/{data.review_id}",
                time=data.closed_at.isoformat() if data.closed_at else None,
                data=data.wire(),
            )
        )

    async def from_outbox(self, event: OutboxEvent) -> None:
        """Publish an event of the outbox and take it out."""
        await self._publish(event)
        await self._ledger.outbox.delete(event.id)

    async def now_or_later(self, event: OutboxEvent) -> None:
        """Publish an event of the outbox; when Event Grid does not take it now, the sweep sends it again."""
        try:
            await self.from_outbox(event)
        except AzureError as error:
            logging.warning("Event %s stays in the outbox for the sweep: %s", event.id, type(error).__name__)

    async def _publish(self, event: OutboxEvent) -> None:
        await self._topic.send(
            CloudEvent(
                source=EVENT_SOURCE,
                type=event.type,
                id=event.id,
                subject=event.subject,
                time=datetime.fromisoformat(event.time) if event.time else None,
                data=event.data,
            )
        )
