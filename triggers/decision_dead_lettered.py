"""A decision on which the app failed ten times: reply if the ledger has it already, else quarantine it."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from adapters.messaging.arrivals import arrival_of
from contracts.names import DEAD_LETTERED, REVIEW_DECISIONS
from reviews.app import current_app
from reviews.dead_letters import settle_decision

bp = df.Blueprint()


@bp.service_bus_queue_trigger(
    arg_name="message",
    queue_name=REVIEW_DECISIONS + DEAD_LETTERED,
    connection="ServiceBus",
    data_type=func.DataType.BINARY,
)
@bp.durable_client_input(client_name="client")
async def on_decision_dead_lettered(message: func.ServiceBusMessage, client: df.DurableOrchestrationClient) -> None:
    """Answer the message as before, and wake the review, if the decision was recorded before the app failed."""
    await settle_decision(current_app(), client, arrival_of(message, may_be_copy=False))
