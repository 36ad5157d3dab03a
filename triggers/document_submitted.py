"""A message announces a document: Event Grid's BlobCreated, or a DocumentSubmittedV1 of a developer."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func
from azure.core.exceptions import AzureError

from adapters.ledger.store import LedgerConflictError
from adapters.messaging.arrivals import Arrival, received
from adapters.orchestration import OrchestrationUnavailableError
from contracts.messages.strict_json import MalformedMessageError
from contracts.messages.submissions import parse_submission
from contracts.names import DOCUMENT_SUBMISSIONS
from reviews.app import Adapters, adapters
from reviews.opening import SubmissionRefusedError, open_announced
from reviews.refusing import refuse_message

bp = df.Blueprint()


@bp.service_bus_queue_trigger(
    arg_name="message", queue_name=DOCUMENT_SUBMISSIONS, connection="ServiceBus", data_type=func.DataType.BINARY
)
@bp.durable_client_input(client_name="client")
async def on_document_submitted(message: func.ServiceBusMessage, client: df.DurableOrchestrationClient) -> None:
    """Parse, open; what can never be opened is refused, what a passing fault prevents comes again later."""
    app, submission = adapters(), received(message)
    try:
        if refusal := await _refusal(app, client, submission):
            await refuse_message(app, submission, str(refusal), refusal.blob)
    except (AzureError, LedgerConflictError, OrchestrationUnavailableError):
        if submission.again_after is None:
            raise
        await app.messages.schedule_again(DOCUMENT_SUBMISSIONS, submission, submission.again_after)


async def _refusal(
    app: Adapters, client: df.DurableOrchestrationClient, submission: Arrival
) -> SubmissionRefusedError | None:
    """Why the review could not be opened; None when it is, or when the announcement is out of date."""
    try:
        await open_announced(app, client, parse_submission(submission.body))
    except MalformedMessageError as malformed:
        return SubmissionRefusedError(str(malformed))
    except SubmissionRefusedError as refusal:
        return refusal
    return None
