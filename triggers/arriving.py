"""A Service Bus message as the binding gives it, as an arrival."""

from __future__ import annotations

import azure.functions as func

from adapters.arrivals import Arrival, arrival


def arrived(message: func.ServiceBusMessage) -> Arrival:
    """The arrival. Raises ValueError when the host sent no enqueued time, without which nothing can be in time."""
    if message.enqueued_time_utc is None:
        raise ValueError("the host sent a message without EnqueuedTimeUtc")
    return arrival(
        message_id=message.message_id or None,
        sequence_number=message.sequence_number,
        body=message.get_body(),
        enqueued_at=message.enqueued_time_utc,
        content_type=message.content_type,
        properties=message.application_properties or {},
    )
