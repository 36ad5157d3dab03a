"""A message that announces a document: Event Grid's BlobCreated, or a DocumentSubmittedV1."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from adapters.messaging.arrivals import Arrival, arrival_of
from adapters.transient import TRANSIENT
from contracts.messages.strict_json import MalformedMessageError
from contracts.messages.submissions import read_announcement
from contracts.names import DOCUMENT_SUBMISSIONS
from reviews.app import App, current_app
from reviews.opening import SubmissionRefusedError
from reviews.refusing import refuse_message
from reviews.submitting import NotThereError, open_announced

bp = df.Blueprint()


@bp.service_bus_queue_trigger(
    arg_name="message", queue_name=DOCUMENT_SUBMISSIONS, connection="ServiceBus", data_type=func.DataType.BINARY
)
@bp.durable_client_input(client_name="client")
async def on_document_submitted(message: func.ServiceBusMessage, client: df.DurableOrchestrationClient) -> None:
    """Open the review, or refuse a document that can never be reviewed.

    After a transient fault, or if the document is not there (yet), try again later.
    """
    app, arrival = current_app(), arrival_of(message)
    try:
        if refusal := await _refusal(app, client, arrival):
            await refuse_message(app, arrival, str(refusal), refusal.blob, refusal.answer)
    except (*TRANSIENT, NotThereError):
        if arrival.again_after is None:
            raise
        await app.messages.schedule_again(DOCUMENT_SUBMISSIONS, arrival, arrival.again_after)


async def _refusal(app: App, client: df.DurableOrchestrationClient, arrival: Arrival) -> SubmissionRefusedError | None:
    """Open the review. Returns why it cannot be opened, or None if it is open or the announcement is out of date."""
    try:
        await open_announced(app, client, read_announcement(arrival.body), arrival)
    except MalformedMessageError as malformed:
        return SubmissionRefusedError(str(malformed))
    except SubmissionRefusedError as refusal:
        return refusal
    except NotThereError as missing:
        if arrival.again_after is None:
            return SubmissionRefusedError(str(missing))
        raise
    return None
