"""A submission that the app could not take ten times goes to the quarantine, so that no queue grows unread."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from adapters.composition import adapters
from contracts.workflow import DEAD_LETTERED, DOCUMENT_SUBMISSIONS
from triggers.arriving import arrived
from triggers.refusing import refuse_message

bp = df.Blueprint()


@bp.service_bus_queue_trigger(
    arg_name="message",
    queue_name=DOCUMENT_SUBMISSIONS + DEAD_LETTERED,
    connection="ServiceBus",
    data_type=func.DataType.BINARY,
)
async def on_submission_dead_lettered(message: func.ServiceBusMessage) -> None:
    """Nothing is tried again here; a blob in `pending` is found by the sweep whatever became of its message."""
    await refuse_message(adapters(), arrived(message), "the app failed on this message; see its log, then replay it")
