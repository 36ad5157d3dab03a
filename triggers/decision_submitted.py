"""A message on `review-decisions`: read it, carry it out, reply, and wake the review if a stage of it is over."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from adapters.messaging.arrivals import arrival_of
from adapters.transient import TRANSIENT
from contracts.messages.decisions import read_decision
from contracts.names import REVIEW_DECISIONS
from reviews.answering import reply_to, send_reply
from reviews.app import current_app

bp = df.Blueprint()


@bp.service_bus_queue_trigger(
    arg_name="message", queue_name=REVIEW_DECISIONS, connection="ServiceBus", data_type=func.DataType.BINARY
)
@bp.durable_client_input(client_name="client")
async def on_decision_submitted(message: func.ServiceBusMessage, client: df.DurableOrchestrationClient) -> None:
    """Record the decision once; reply and wake the review at each delivery.

    If the review is unknown it may be about to open, and a transient fault may pass. In both cases a copy of the
    message is scheduled for later, which uses up none of the broker's ten deliveries. After the last try the message is
    dead-lettered.
    """
    app, arrival = current_app(), arrival_of(message)
    reading = read_decision(arrival.body)
    try:
        reply = await reply_to(app, reading, arrival)
        if reply:
            await send_reply(app, client, arrival, reading, reply)
            return
    except TRANSIENT:
        if arrival.again_after is None:
            raise
    if arrival.again_after is not None:
        await app.messages.schedule_again(REVIEW_DECISIONS, arrival, arrival.again_after)
