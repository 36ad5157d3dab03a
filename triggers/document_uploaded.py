"""A blob in `pending`: open its review. The trigger binds a client, so that no content passes through the host."""

from __future__ import annotations

import logging

import azure.durable_functions as df
import azure.functions as func
import azurefunctions.extensions.bindings.blob as blob_bindings

from contracts.names import PENDING
from reviews.app import current_app
from reviews.opening import Opening, SubmissionRefusedError, open_blob
from reviews.refusing import refuse_blob
from reviews.submitting import await_announcement

bp = df.Blueprint()


# The only source on Flex Consumption: https://learn.microsoft.com/azure/azure-functions/functions-event-grid-blob-trigger
@bp.blob_trigger(
    arg_name="document",
    path=f"{PENDING}/{{name}}",
    connection="Documents",
    source=func.BlobSource.EVENT_GRID,
)
@bp.durable_client_input(client_name="client")
async def on_document_uploaded(document: blob_bindings.BlobClient, client: df.DurableOrchestrationClient) -> None:
    """Open the review of the blob that the binding names, as storage has it now."""
    app = current_app()
    blob = await app.documents.current(str(document.container_name), str(document.blob_name))
    if blob is None:
        logging.info("Nothing opened: an uploaded document is gone already")
        return
    try:
        if await open_blob(app, client, blob) is Opening.UNPROVEN:
            await await_announcement(app, blob)
    except SubmissionRefusedError as refusal:
        await refuse_blob(app, blob, str(refusal))
