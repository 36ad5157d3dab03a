"""Repair a review whose ledger and storage contradict each other, as after one of them was restored.

A person decides, and answers for it in the audit trail. What reviewers have decided according to the ledger is carried
out. If the ledger has lost their decisions, the copy in storage shows what they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adapters.blobs.copies import BlobLeasedError
from adapters.blobs.moved_copies import MovedCopy, copies_of
from adapters.messaging.arrivals import Arrival
from compliance.copies import Ending, ending_of, is_contradicted, repair
from compliance.history import AuditEvent
from compliance.outcome import Answer, Outcome, Reason, ReviewState, Verdict, outcome_of
from compliance.review import Head
from compliance.rulings import Transition
from contracts.document_metadata import AUDIT_DIGEST, AUDIT_RECORD
from contracts.history import MoveResult
from contracts.messages.commands import ReviewRepairV1
from contracts.names import PUBLISHED
from reviews.announcing import announce_outcome
from reviews.answering import Reply
from reviews.app import App
from reviews.documents.comparing import compare, place_of
from reviews.documents.copying import copy_metadata, has_inspected_bytes
from reviews.operators.lost_reviews import write_lost_review

_BY_PEOPLE = (Verdict.APPROVE, Verdict.REJECT, Verdict.WITHDRAW)
_CARRIED_OUT = (Outcome.APPROVED, Outcome.REJECTED, Outcome.EXPIRED, Outcome.WITHDRAWN)


class NotRepairableError(Exception):
    """A person must do something else first; the text says what."""


async def repair_review(app: App, command: ReviewRepairV1, arrival: Arrival) -> Reply:
    """Close a review as its decisions or its copy in storage say, and announce its outcome. Safe to do twice.

    Raises LedgerConflictError, CopyFailedError.
    """
    head = await app.ledger.find(command.review_id) or await write_lost_review(app, command)
    if head is None:
        return Reply(Answer.UNKNOWN_REVIEW, "there is no review with this id, and no copy in storage that names it")
    copies = await copies_of(app.documents, head.review_id, head.document.name)
    try:
        ending, remark = await _ending(app, head, copies)
    except (NotRepairableError, BlobLeasedError) as error:
        return Reply(Answer.NOT_PERMITTED, str(error), head)
    if ending is None:
        if not await _was_repaired(app, command, arrival):
            text = "nothing to repair: the ledger and storage agree on this review"
            return Reply(Answer.NOT_PERMITTED, text, head)
    else:
        found, why = ending, f"{command.reason} ({remark})"
        await app.ledger.unfinished.put(head)
        for copy in copies:
            await app.mover.note_replacement(head, copy)

        def close_as_found(stored: Head) -> Transition:
            if stored.inspected and stored.document.sha256 != found.document.sha256:
                raise NotRepairableError("its document was inspected meanwhile; run the command again")
            return repair(stored, found, arrival.enqueued_at, command.by, why)

        try:
            head = await app.ledger.change(head.review_id, close_as_found)
        except NotRepairableError as error:
            return Reply(Answer.NOT_PERMITTED, str(error), head)
    await app.mover.clear_staging(head)
    await announce_outcome(app, head.review_id)
    return Reply(Answer.RECORDED, None, head)


async def _ending(app: App, head: Head, copies: Sequence[MovedCopy]) -> tuple[Ending | None, str]:
    """Return how the review has ended, after moving its document if need be, and what was found.

    None if there is nothing to repair. Raises NotRepairableError.
    """
    if is_contradicted(head, [copy.verdict for copy in copies]):
        copy = copies[0]  # the published one, if there is one
        if head.state is ReviewState.DECIDED and head.verdict in _BY_PEOPLE:
            if not await has_inspected_bytes(app.documents, head, copy.path, copy.blob.etag):
                raise _other_bytes(copy)
            moved = await app.mover.move_copy(head, copy)
            return _after_move(head, moved), f"the decisions were carried out on the copy at {copy.path.container}"
        return await _ending_by_copy(app, head, copy)
    if head.state is not ReviewState.CLOSED:
        return None, ""
    document = head.document
    source = await app.documents.current(document.container, document.name)
    if source and source.etag == document.etag:
        return await _ending_of_left_document(app, head)
    may_be_gone = head.outcome in _CARRIED_OUT and not copies and not head.copy_lost
    if may_be_gone and not await _lies_at_its_place(app, head):
        unnoted = head.outcome is Outcome.APPROVED and not head.replaced_by and await _published(app, head)
        if not unnoted:  # else the document of a later version may have its place
            return replace(ending_of(head), copy_lost=True), "its document is gone"
    return None, ""


async def _ending_by_copy(app: App, head: Head, copy: MovedCopy) -> tuple[Ending, str]:
    """Take a copy's word for how the review has ended, and have it name a record that the ledger has."""
    verdict, made_of = copy.verdict, copy.document
    is_unread = made_of is not None and made_of.sha256 is None
    if verdict is None or made_of is None or (is_unread and verdict is not Verdict.REJECT):
        raise NotRepairableError(f"the metadata of the copy in {copy.path.container} do not say what it is")
    document = replace(head.document, sha256=made_of.sha256, length=made_of.length)
    if head.inspected and document != head.document:
        raise _other_bytes(copy)
    found = replace(head, document=document, verdict=verdict)
    if not await has_inspected_bytes(app.documents, found, copy.path, copy.blob.etag):
        raise NotRepairableError(f"the copy in {copy.path.container} has other bytes than its metadata say")
    metadata = copy.blob.metadata
    number, digest = metadata.get(AUDIT_RECORD), metadata.get(AUDIT_DIGEST)
    remark, etag = f"a copy in {copy.path.container} proves it", copy.blob.etag
    if not await app.ledger.has_record(head.review_id, number, digest):
        remark += f"; it named record {number} with the digest {digest}"
        facts = copy_metadata(found, copy.blob.written_metadata, replaces=copy.blob.named_earlier_review)
        etag = await app.documents.set_metadata(copy.blob, facts)
    later = None
    if verdict is Verdict.APPROVE and copy.blob.container != PUBLISHED:
        published_blob = await app.documents.current(PUBLISHED, document.name)
        later = published_blob.named_review if published_blob else None
    location = f"{PUBLISHED}/{document.name}" if later else str(copy.path)
    return Ending(document, verdict, outcome_of(verdict), None, location, etag, later), remark


async def _ending_of_left_document(app: App, head: Head) -> tuple[Ending, str]:
    """Move the document of a closed review out of the way: as decided if it was missing before, else to `archived`."""
    remark = "its document lay at its source again"
    if head.reason == Reason.UNREADABLE:
        raise NotRepairableError("its document cannot be read, and so not moved: delete it")
    if head.outcome is Outcome.GONE and head.verdict in (*_BY_PEOPLE, Verdict.EXPIRE):  # it was missing for a time
        approved = head.verdict is Verdict.APPROVE
        return _after_move(head, await (app.mover.publish(head) if approved else app.mover.archive(head))), remark
    later = await _published(app, head) if head.outcome is Outcome.APPROVED else None
    if later == head.review_id:  # it is where it belongs; a lease kept the source
        return _after_move(head, await app.mover.publish(head)), remark
    moved = await app.mover.move_to_archive(head)
    ending = _after_move(head, moved)
    if head.outcome is Outcome.APPROVED:
        return replace(ending, location=head.location, replaced_by=head.replaced_by or later), remark
    return replace(ending, outcome=head.outcome, reason=head.reason), remark


def _other_bytes(copy: MovedCopy) -> NotRepairableError:
    return NotRepairableError(f"the copy in {copy.path.container} has other bytes than were inspected: remove it")


def _after_move(head: Head, moved: MoveResult) -> Ending:
    if moved.prevented or head.verdict is None:
        raise NotRepairableError(f"its document cannot be moved: {moved.reason or moved.prevented}")
    ending = replace(ending_of(head), location=moved.location, copy_etag=moved.etag, copy_lost=False)
    return replace(ending, outcome=outcome_of(head.verdict))


async def _lies_at_its_place(app: App, head: Head) -> bool:
    """Return whether the moved document is where it should be, though its metadata may not say so."""
    path = place_of(head)
    blob = await app.documents.current(path.container, path.name) if path else None
    return blob is not None and (await compare(app.documents, head, blob)).is_same


async def _published(app: App, head: Head) -> str | None:
    """Return the review whose copy is published under the document's name, or None."""
    published_blob = await app.documents.current(PUBLISHED, head.document.name)
    return published_blob.named_review if published_blob else None


async def _was_repaired(app: App, command: ReviewRepairV1, arrival: Arrival) -> bool:
    """Return whether an earlier delivery of this very command was carried out."""
    return any(
        (record.event, record.at, record.who) == (AuditEvent.REVIEW_REPAIRED, arrival.enqueued_at, command.by)
        for record, _ in await app.ledger.audit(command.review_id)
    )
