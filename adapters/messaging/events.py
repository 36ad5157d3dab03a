"""CloudEvents to the Event Grid custom topic."""

from __future__ import annotations

from datetime import datetime

from azure.core.messaging import CloudEvent
from azure.eventgrid.aio import EventGridPublisherClient

from adapters.ledger.rows import OutboxEvent
from contracts.messages.events import EVENT_SOURCE


class Events:
    """The Event Grid topic to which the app publishes its events."""

    def __init__(self, topic: EventGridPublisherClient) -> None:
        self._topic = topic

    async def publish(self, event: OutboxEvent) -> None:
        """Publish an event. Returns once the topic has accepted it."""
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
