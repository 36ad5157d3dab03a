"""A decision on which the app failed ten times: reply if the ledger has it already, else quarantine it."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from adapters.messaging.arrivals import arrival_of
from contracts.messages.decisions import read_decision
from contracts.names import DEAD_LETTERED, DECISIONS_QUARANTINE, REVIEW_DECISIONS
from reviews.answering import send_reply
from reviews.app import current_app
from reviews.dead_letters import reply_if_recorded, settle

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
    app, arrival = current_app(), arrival_of(message)
    reading = read_decision(arrival.body)

    async def answer() -> None:
        await send_reply(app, client, arrival, reading, await reply_if_recorded(app, reading, arrival))

    await settle(app.messages, arrival, REVIEW_DECISIONS, DECISIONS_QUARANTINE, answer)
