"""A message on `operator-commands`, to which only operators may send: carry it out and reply."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from adapters.messaging.arrivals import arrival_of
from adapters.transient import TRANSIENT
from contracts.names import OPERATOR_COMMANDS
from reviews.app import current_app
from reviews.operators.commands import carry_out

bp = df.Blueprint()


@bp.service_bus_queue_trigger(
    arg_name="message", queue_name=OPERATOR_COMMANDS, connection="ServiceBus", data_type=func.DataType.BINARY
)
async def on_operator_command(message: func.ServiceBusMessage) -> None:
    """Carry out the command and reply, at each delivery. After a transient fault try again later."""
    app, arrival = current_app(), arrival_of(message)
    try:
        await carry_out(app, arrival)
    except TRANSIENT:
        if arrival.again_after is None:
            raise
        await app.messages.schedule_again(OPERATOR_COMMANDS, arrival, arrival.again_after)
