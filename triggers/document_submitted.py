"""A message announces a document: Event Grid's BlobCreated, or a DocumentSubmittedV1 of a developer."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func
from azure.core.exceptions import AzureError

from adapters.composition import Adapters, adapters
from adapters.ledger import LedgerConflictError
from adapters.ledger_rows import OutboxEvent
from adapters.messages import Arrival, hashed_id
from contracts.inbound import parse_submission
from contracts.outbound import SUBMISSION_REFUSED, SubmissionRefusedV1
from contracts.strict_json import MalformedMessageError
from contracts.workflow import DOCUMENT_SUBMISSIONS, SUBMISSIONS_QUARANTINE
from triggers.arriving import arrived
from triggers.opening import SubmissionRefusedError, open_announced

bp = df.Blueprint()


@bp.service_bus_queue_trigger(
    arg_name="message", queue_name=DOCUMENT_SUBMISSIONS, connection="ServiceBus", data_type=func.DataType.BINARY
)
@bp.durable_client_input(client_name="client")
async def on_document_submitted(message: func.ServiceBusMessage, client: df.DurableOrchestrationClient) -> None:
    """Parse, open; what can never be opened goes to the quarantine with its reason."""
    app, submission = adapters(), arrived(message)
    try:
        await open_announced(app, client, parse_submission(submission.body))
    except (MalformedMessageError, SubmissionRefusedError) as refusal:
        await refuse_submission(app, submission, str(refusal))
    except (AzureError, LedgerConflictError):
        if submission.again_after is None:
            raise
        await app.messages.schedule_again(DOCUMENT_SUBMISSIONS, submission, submission.again_after)


async def refuse_submission(app: Adapters, submission: Arrival, explanation: str) -> None:
    """Keep the message where people can correct it, and say so with an event."""
    event = OutboxEvent(
        id=hashed_id("submission", submission.message_id, explanation),
        type=SUBMISSION_REFUSED,
        subject="/submissions",
        time=submission.enqueued_at.isoformat(),
        data=SubmissionRefusedV1(explanation=explanation, message_id=submission.message_id).wire(),
    )
    await app.ledger.put_in_outbox(event)
    await app.messages.quarantine(SUBMISSIONS_QUARANTINE, submission, "refused", explanation)
    await app.events.now_or_later(event)
