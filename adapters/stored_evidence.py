"""The evidence of one review: its rows, the metadata of the moved document, the completion event on its topic."""

from __future__ import annotations

from collections.abc import Sequence

from azure.data.tables import TableEntity
from pydantic import ValidationError

from adapters.blobs.documents import Documents
from adapters.ledger import rows
from adapters.ledger.store import Ledger
from adapters.messaging.messages import Messages, body_of
from contracts.blob_path import BlobPath
from contracts.document_metadata import REVIEW_ID
from contracts.messages.events import REVIEW_COMPLETED, ReviewCompletedV1
from contracts.messages.strict_json import MalformedMessageError, parse_object
from contracts.names import REVIEW_EVENTS
from evidence.chain import Json
from evidence.chain_check import Fault, FaultKind
from evidence.checks import Evidence
from evidence.head_facts import head_content


class FaultError(Exception):
    """The stored rows cannot be read as evidence."""

    def __init__(self, review_id: str, fault: Fault) -> None:
        super().__init__(str(fault))
        self.review_id = review_id
        self.fault = fault


async def stored_evidence(ledger: Ledger, review_id: str) -> Evidence | None:
    """Return all rows of a review as they are stored, damaged or not; None if there is no head.

    Raises FaultError if the head cannot be read.
    """
    stored = await ledger.everything_of(review_id)
    if stored and not _has_all_records(stored):
        stored = await ledger.everything_of(review_id)  # a record may have been written between two pages
    return evidence_of(review_id, stored)


def evidence_of(review_id: str, stored: Sequence[TableEntity]) -> Evidence | None:
    """Return the rows of a review as evidence, damaged or not; None if there is no head.

    Raises FaultError if the head cannot be read.
    """
    head = next((row for row in stored if row["RowKey"] == rows.HEAD), None)
    if head is None:
        return None
    try:
        content = head_content(rows.head_of(head))
    except (ValidationError, ValueError) as error:
        fault = Fault("the review's head", FaultKind.EDITED, "it holds what no head can hold")
        raise FaultError(review_id, fault) from error
    return Evidence(
        review_id=review_id,
        head={"lastAudit": 0, **content},
        records=tuple(rows.stored_record_of(row) for row in stored if row["RowKey"].startswith("audit-")),
        decisions=tuple(rows.decision_content_of(row) for row in stored if row["RowKey"].startswith("decision-")),
    )


async def copy_of(documents: Documents, evidence: Evidence) -> Json | None:
    """Return the metadata of the moved document; None if it was not moved, is gone, or was replaced by another's."""
    location = evidence.head.get("location")
    if location is None:
        return None
    path = BlobPath.parse(str(location))
    blob = await documents.current(path.container, path.name)
    if blob is None or blob.metadata.get(REVIEW_ID) != evidence.review_id:
        return None
    return {"location": location, "metadata": blob.metadata}


async def completion_event(messages: Messages, review_id: str) -> Json | None:
    """Return a review's completion event if the topic `review-events` still holds it, else None."""
    async for message in messages.peek(REVIEW_EVENTS):
        try:
            event = parse_object(body_of(message))
        except MalformedMessageError:
            continue  # others may send to the topic too
        if event.get("id") == review_id and event.get("type") == REVIEW_COMPLETED and _is_complete(event):
            return event
    return None


def _is_complete(event: Json) -> bool:
    try:
        ReviewCompletedV1.model_validate(event.get("data"))
    except ValidationError:
        return False
    return True


def _has_all_records(stored: list[TableEntity]) -> bool:
    records = [row for row in stored if row["RowKey"].startswith("audit-")]
    return any(row["RowKey"] == rows.HEAD and row.get("lastAudit") == len(records) for row in stored)
