"""A message on `review-decisions`: read it, carry it out, reply, and wake the review if a stage of it is over."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from adapters.messaging.arrivals import arrival_of
from contracts.names import REVIEW_DECISIONS
from reviews.answering import answer_message
from reviews.app import current_app

bp = df.Blueprint()


@bp.service_bus_queue_trigger(
    arg_name="message", queue_name=REVIEW_DECISIONS, connection="ServiceBus", data_type=func.DataType.BINARY
)
@bp.durable_client_input(client_name="client")
async def on_decision_submitted(message: func.ServiceBusMessage, client: df.DurableOrchestrationClient) -> None:
    """Record the decision once; reply and wake the review at each delivery."""
    await answer_message(current_app(), client, arrival_of(message, may_be_copy=False))
