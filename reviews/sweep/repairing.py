"""Repair the damage of crashes: make orchestrations, events, announcements and lists agree with the ledger again.

States are compared, never ages. Only unfinished work is read, so the cost does not grow with history. If there are many
unfinished reviews, each sweep reads a part of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TypeVar

import azure.durable_functions as df

from adapters.attestation_keys import attestation_keys
from adapters.blobs.documents import Blob
from adapters.blobs.moved_copies import copies_of
from adapters.telemetry import Backlog, Repair, log_sweep_finished
from compliance.document import review_id
from compliance.outcome import ReviewState
from contracts.names import LONGEST_ANNOUNCEMENT, PENDING, SUBMISSIONS
from reviews.announcing import send_from_outbox
from reviews.app import App
from reviews.documents.moving_again import move_again
from reviews.documents.retracting import retract_document
from reviews.opening import Opening, SubmissionRefusedError, open_blob, unproven, write_review
from reviews.operators.rights import note_revocations
from reviews.sweep.adding_up import add_up_stale_days
from reviews.sweep.repairing_reviews import ReviewRepairs
from reviews.sweep.slices import slice_from

T = TypeVar("T")
Repairs = Iterable[tuple[str, Callable[[], Awaitable[None]]]]  # each with a text for the log

MOST_EVENTS = 500  # of the outbox in one sweep
MOST_NOTED = 1000  # reviews, in one sweep
_AT_ONCE = 8  # repairs, which share storage with the reviews that travel meanwhile


async def repair_everything(app: App, client: df.DurableOrchestrationClient) -> None:
    """Repair unfinished reviews and lists, open or move what lies in the incoming containers, send the outbox.

    It looks at all unfinished reviews if there are at most 1,000; else at a twelfth each time, and at those that are
    noted as needing repair.

    One failure does not stop the other repairs. Nor does a listing that fails, which one blob's name can cause. Raises
    ExceptionGroup with all failures at the end.
    """
    backlog, failures = Backlog(), list[Exception]()
    events = await _collect("the outbox", app.ledger.outbox.ids(), failures) or []
    unfinished = await _collect("the unfinished reviews", app.ledger.unfinished.ids(), failures)
    noted = await _collect("the noted reviews", app.ledger.todo.first(MOST_NOTED), failures) or {}
    start_at = await _collect("the place in the unfinished reviews", app.ledger.todo.slice_start(), failures) or ""
    part = slice_from(unfinished or [], start_at)
    # Before its reviews are repaired, so that one that kills the process does not keep the others from their turn.
    await _collect("the next place", app.ledger.todo.start_slice_at(part.end), failures)
    revocations = await _collect("the revocations", app.revocations.list_all(), failures) or []
    retractions = await _collect("the retractions", app.ledger.retractions.ids(), failures) or []
    incoming = dict[str, Blob]()
    for container in (PENDING, SUBMISSIONS):
        await _collect(f"the documents in {container}", _list_incoming(app, container, incoming), failures)
    backlog.outbox = len(events)
    repairs = ReviewRepairs(app, client, incoming, backlog)
    failures += await _run_all((f"review {each}", partial(repairs.do_noted, each, noted[each])) for each in noted)
    rest = [each for each in part.ids if each not in noted]
    failures += await _run_all((f"review {each}", partial(repairs.repair_review, each)) for each in rest)
    failures += await _run_all(
        (f"the reviewers of review {each}", partial(note_revocations, app, each, revocations))
        for each in (part.ids if revocations else [])
    )
    if unfinished is not None:
        suspects = await _collect("what is wrong in lists", repairs.wrong_lists(part), failures) or []
        failures += await _run_all(
            (f"the lists of review {each.review_id}", partial(repairs.correct_lists, each)) for each in suspects
        )
    failures += await _run_all([("the sums of days", partial(add_up_stale_days, app))])
    failures += await _run_all(
        (f"the retraction of review {each}", partial(_retract, app, each, backlog)) for each in retractions
    )
    unlisted = [] if unfinished is None else [incoming[each] for each in incoming.keys() - set(unfinished)]
    failures += await _run_all(
        (f"the document with ETag {blob.etag}", partial(_open_or_move, app, client, blob, backlog)) for blob in unlisted
    )
    # Last, because anybody's refused messages can fill it, and Event Grid may take a long time to refuse each.
    failures += await _run_all(
        (f"event {event}", partial(_send_event, app, event, backlog)) for event in events[:MOST_EVENTS]
    )
    if app.has_front_door:
        failures += await _run_all([("the report of the front door's keys", partial(_report_keys, app))])
    backlog.unfinished, backlog.looked_at = len(unfinished or []), len(repairs.read)
    log_sweep_finished(backlog, len(failures))
    if failures:
        raise ExceptionGroup("The sweep left something unrepaired; it tries again in five minutes", failures)


async def _collect(what: str, listing: Awaitable[T], failures: list[Exception]) -> T | None:
    """Return what a listing finds. None if it fails; then its error is among the failures."""
    try:
        return await listing
    except Exception as error:  # raised with the others
        logging.exception("The sweep could not list %s", what)
        failures.append(error)
        return None


async def _list_incoming(app: App, container: str, found: dict[str, Blob]) -> None:
    """List the documents in a container. What was found before an error stays found."""
    async for blob in app.documents.blobs(container):
        found[review_id(blob.container, blob.name, blob.etag)] = blob


async def _run_all(repairs: Repairs) -> list[Exception]:
    """Run the repairs, a few at once. Returns their failures."""
    queue, failures = iter(repairs), list[Exception]()

    async def run_in_turn() -> None:
        for what, repair in queue:
            try:
                await repair()
            except Exception as error:  # returned to the caller, which raises it with the others
                logging.exception("The sweep could not repair %s", what)
                failures.append(error)

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(run_in_turn())
    return failures


async def _report_keys(app: App) -> None:
    await app.key_reports.report(attestation_keys())
    await app.key_reports.forget_gone()


async def _retract(app: App, review_id: str, backlog: Backlog) -> None:
    if await retract_document(app, review_id):
        backlog.count_repair(Repair.DOCUMENT_RETRACTED, review_id)


async def _open_or_move(app: App, client: df.DurableOrchestrationClient, blob: Blob, backlog: Backlog) -> None:
    """Open the review of a document that has none; move the document of a closed review that has come back."""
    head = await app.ledger.find(review_id(blob.container, blob.name, blob.etag))
    if head and head.state is ReviewState.CLOSED:
        if await move_again(app, head):
            backlog.count_repair(Repair.DOCUMENT_MOVED, head.review_id)
        return
    if head is None and (blob.container != PENDING or await _was_reviewed(app, blob)):
        return  # not announced, or a person must say what becomes of it
    try:
        if head:  # it is missing in the list of unfinished reviews
            await write_review(app, client, head)
            backlog.count_repair(Repair.REVIEW_OPENED, head.review_id)
            return
        match await open_blob(app, client, blob):
            case Opening.OPENED:
                backlog.count_repair(Repair.REVIEW_OPENED, review_id(blob.container, blob.name, blob.etag))
            case Opening.IGNORED:
                backlog.ignored += 1
            case Opening.UNPROVEN if await app.documents.age(blob) >= LONGEST_ANNOUNCEMENT:
                raise unproven(blob)
            case Opening.CLOSED | Opening.EMPTY | Opening.UNPROVEN:
                pass
    except SubmissionRefusedError as refusal:
        backlog.refused += 1
        logging.error("No review for the blob with ETag %s in %s: %s", blob.etag, PENDING, refusal)


async def _was_reviewed(app: App, blob: Blob) -> bool:
    """Return whether a copy of this very version was published or archived, although the ledger has no review of it."""
    return bool(await copies_of(app.documents, review_id(blob.container, blob.name, blob.etag), blob.name))


async def _send_event(app: App, event_id: str, backlog: Backlog) -> None:
    event = await app.ledger.outbox.event(event_id)
    if event:
        await send_from_outbox(app, event)
        backlog.count_repair(Repair.EVENT_SENT)
