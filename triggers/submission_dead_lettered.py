"""A submission on which the app failed ten times: put it into the quarantine, so that no queue grows unread."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from adapters.messaging.arrivals import arrival_of
from contracts.names import DEAD_LETTERED, DOCUMENT_SUBMISSIONS, SUBMISSIONS_QUARANTINE
from reviews.app import current_app
from reviews.dead_letters import NOT_PROCESSED, settle
from reviews.refusing import refuse_message

bp = df.Blueprint()


@bp.service_bus_queue_trigger(
    arg_name="message",
    queue_name=DOCUMENT_SUBMISSIONS + DEAD_LETTERED,
    connection="ServiceBus",
    data_type=func.DataType.BINARY,
)
async def on_submission_dead_lettered(message: func.ServiceBusMessage) -> None:
    """Refuse the message. If its blob is in `pending`, the sweep opens the review all the same."""
    app, arrival = current_app(), arrival_of(message)
    await settle(
        app.messages,
        arrival,
        DOCUMENT_SUBMISSIONS,
        SUBMISSIONS_QUARANTINE,
        lambda: refuse_message(app, arrival, NOT_PROCESSED),
    )
