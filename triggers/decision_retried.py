"""A copy on `decision-retries`, which the app has put there: carry it out and reply as if it had just come."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from adapters.messaging.arrivals import arrival_of
from contracts.names import DECISION_RETRIES
from reviews.answering import answer_message
from reviews.app import current_app

bp = df.Blueprint()


@bp.service_bus_queue_trigger(
    arg_name="message", queue_name=DECISION_RETRIES, connection="ServiceBus", data_type=func.DataType.BINARY
)
@bp.durable_client_input(client_name="client")
async def on_decision_retried(message: func.ServiceBusMessage, client: df.DurableOrchestrationClient) -> None:
    """Handle the copy like a message on `review-decisions`, with the time at which its first copy was enqueued."""
    await answer_message(current_app(), client, arrival_of(message))
