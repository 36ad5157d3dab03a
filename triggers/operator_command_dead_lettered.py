"""A command on which the app failed ten times: tell its operator, and put it into the quarantine."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from adapters.messaging.arrivals import arrival_of
from compliance.outcome import Answer
from contracts.names import COMMANDS_QUARANTINE, DEAD_LETTERED, OPERATOR_COMMANDS
from reviews.answering import Reply, send_answer
from reviews.app import current_app
from reviews.dead_letters import NOT_PROCESSED, settle

bp = df.Blueprint()


@bp.service_bus_queue_trigger(
    arg_name="message",
    queue_name=OPERATOR_COMMANDS + DEAD_LETTERED,
    connection="ServiceBus",
    data_type=func.DataType.BINARY,
)
async def on_operator_command_dead_lettered(message: func.ServiceBusMessage) -> None:
    """Answer that the command was not processed. What it did before the app failed stays done; it can be repeated."""
    app, arrival = current_app(), arrival_of(message)
    reply = Reply(Answer.NOT_PROCESSED, NOT_PROCESSED)
    await settle(
        app.messages,
        arrival,
        OPERATOR_COMMANDS,
        COMMANDS_QUARANTINE,
        lambda: send_answer(app, arrival, reply, COMMANDS_QUARANTINE),
    )
