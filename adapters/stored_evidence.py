"""What is stored of one review, and what others have kept of it: blob metadata, the completion event."""

from __future__ import annotations

from azure.data.tables import TableEntity
from pydantic import ValidationError

from adapters.blobs.documents import Documents
from adapters.ledger import rows
from adapters.ledger.store import Ledger
from adapters.messaging.messages import Messages, body_of
from contracts.document_metadata import REVIEW_ID
from contracts.messages.outbound import REVIEW_COMPLETED, ReviewCompletedV1
from contracts.messages.strict_json import MalformedMessageError, parse_object
from contracts.names import REVIEW_EVENTS
from evidence.chain import Json
from evidence.chain_check import Fault, Wrong
from evidence.checks import Evidence
from evidence.head_facts import head_content


class FaultError(Exception):
    """What is stored is no evidence at all."""

    def __init__(self, review_id: str, fault: Fault) -> None:
        super().__init__(str(fault))
        self.review_id = review_id
        self.fault = fault


async def stored_evidence(ledger: Ledger, review_id: str) -> Evidence | None:
    """All rows of a review as they are stored, whatever they are; None where there is no head. Raises FaultError."""
    found = await ledger.everything_of(review_id)
    if found and not _as_many_records_as_the_head_says(found):
        found = await ledger.everything_of(review_id)  # written between two pages; else it is so at the second look
    head = next((row for row in found if row["RowKey"] == rows.HEAD), None)
    if head is None:
        return None
    try:
        content = head_content(rows.head_of(head))
    except (ValidationError, ValueError) as error:
        fault = Fault("the review's head", Wrong.EDITED, "it holds what no head can hold")
        raise FaultError(review_id, fault) from error
    return Evidence(
        review_id=review_id,
        head={"lastAudit": 0, **content},
        records=tuple(rows.stored_record_of(row) for row in found if row["RowKey"].startswith("audit-")),
        decisions=tuple(rows.decision_content_of(row) for row in found if row["RowKey"].startswith("decision-")),
    )


async def copy_of(documents: Documents, evidence: Evidence) -> Json | None:
    """The metadata of the blob that a review's document became; None where it is gone or another's by now."""
    location = evidence.head.get("location")
    if location is None:
        return None
    container, _, name = str(location).partition("/")
    blob = await documents.current(container, name)
    if blob is None or blob.metadata.get(REVIEW_ID) != evidence.review_id:
        return None
    return {"location": location, "metadata": blob.metadata}


async def completion_event(messages: Messages, review_id: str) -> Json | None:
    """The completion event of a review as the topic `review-events` still holds it, or None."""
    async for message in messages.peek(REVIEW_EVENTS):
        try:
            event = parse_object(body_of(message))
        except MalformedMessageError:
            continue  # not ours: anybody with the right to may send to a topic
        if event.get("id") == review_id and event.get("type") == REVIEW_COMPLETED and _has_its_data(event):
            return event
    return None


def _has_its_data(event: Json) -> bool:
    try:
        ReviewCompletedV1.model_validate(event.get("data"))
    except ValidationError:
        return False
    return True


def _as_many_records_as_the_head_says(found: list[TableEntity]) -> bool:
    records = [row for row in found if row["RowKey"].startswith("audit-")]
    return any(row["RowKey"] == rows.HEAD and row.get("lastAudit") == len(records) for row in found)
