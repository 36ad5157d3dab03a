"""The sweep makes orchestration, event and announcement agree with the ledger again after any crash.

It compares states, never ages, and reads only what is unfinished, so its cost does not grow with history.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Container, Iterable
from functools import partial

import azure.durable_functions as df
import azure.functions as func

from adapters.blobs.documents import Blob
from adapters.orchestration import at_work, start, wake
from adapters.telemetry import Backlog, Repair, sweep_finished
from compliance.document import review_id
from compliance.ledger import restart
from compliance.outcome import ReviewState
from contracts.names import PENDING
from reviews.announcing import announce
from reviews.app import Adapters, adapters
from reviews.opening import SubmissionRefusedError, open_blob, write_review
from reviews.superseding import supersede_if_replaced

bp = df.Blueprint()

Repairing = Callable[[], Awaitable[None]]

_AT_ONCE = 8  # as many storage requests as a sweep makes beside the reviews that travel meanwhile


@bp.timer_trigger(arg_name="timer", schedule="0 */5 * * * *", run_on_startup=False)
@bp.durable_client_input(client_name="client")
async def sweep_reviews(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """One thing that cannot be repaired does not keep the others from it; all failures are raised together at the end.

    Raises ExceptionGroup.
    """
    app, failures, backlog = adapters(), list[Exception](), Backlog()

    async def repair_all(repairs: Iterable[tuple[str, Repairing]]) -> None:
        waiting = iter(repairs)

        async def repair_in_turn() -> None:
            for what, repair in waiting:
                try:
                    await repair()
                except Exception as error:  # collected and raised below
                    logging.exception("The sweep could not repair %s", what)
                    failures.append(error)

        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(repair_in_turn())

    events = await app.ledger.outbox.ids()
    backlog.outbox = len(events)
    await repair_all((f"event {event}", partial(_send, app, event, backlog)) for event in events)
    unfinished = await app.ledger.unfinished.ids()
    pending = {review_id(blob.container, blob.name, blob.etag): blob async for blob in app.documents.pending(PENDING)}
    await repair_all((f"review {each}", partial(_agree, app, client, each, pending, backlog)) for each in unfinished)
    unopened = [pending[each] for each in pending.keys() - set(unfinished)]
    await repair_all(
        (f"the document with ETag {blob.etag}", partial(_open, app, client, blob, backlog)) for blob in unopened
    )
    sweep_finished(backlog, len(failures))
    if failures:
        raise ExceptionGroup("The sweep left something unrepaired; it tries again in five minutes", failures)


async def _agree(
    app: Adapters, client: df.DurableOrchestrationClient, identity: str, pending: Container[str], backlog: Backlog
) -> None:
    head = await app.ledger.head(identity)
    if head is None:
        await write_review(app, client, await app.ledger.unfinished.as_opened(identity))
        backlog.repaired(Repair.REVIEW_WRITTEN, identity)
        return
    backlog.add(head)
    if head.state is ReviewState.OPEN and head.review_id not in pending:
        # An opener that died before its last step has not asked the older reviews of its document's name.
        head = await supersede_if_replaced(app.ledger, app.documents, head.review_id) or head
        if head.state is ReviewState.DECIDED:
            backlog.repaired(Repair.REVIEW_SUPERSEDED, head.review_id)
    orchestration = await at_work(client, head.review_id)
    if orchestration is None:
        if head.state is ReviewState.CLOSED:
            await announce(app.ledger, app.events, head.review_id)
            backlog.repaired(Repair.OUTCOME_ANNOUNCED, head.review_id)
        else:
            await app.ledger.change(head.review_id, restart)
            await start(client, head.review_id)
            backlog.repaired(Repair.ORCHESTRATION_STARTED, head.review_id)
    elif orchestration.waits_for is not None and orchestration.waits_for < head.stages_over:
        await wake(client, head.review_id, orchestration.waits_for)
        backlog.repaired(Repair.ORCHESTRATION_WOKEN, head.review_id)


async def _open(app: Adapters, client: df.DurableOrchestrationClient, blob: Blob, backlog: Backlog) -> None:
    head = await app.ledger.head(review_id(blob.container, blob.name, blob.etag))
    if head and head.state is ReviewState.CLOSED:
        return  # its document could not be moved
    try:
        if await open_blob(app, client, blob):
            backlog.repaired(Repair.REVIEW_OPENED, review_id(blob.container, blob.name, blob.etag))
    except SubmissionRefusedError as refusal:
        logging.error("No review for the blob with ETag %s in %s: %s", blob.etag, PENDING, refusal)


async def _send(app: Adapters, event_id: str, backlog: Backlog) -> None:
    event = await app.ledger.outbox.event(event_id)
    if event:
        await app.events.from_outbox(event)
        backlog.repaired(Repair.EVENT_SENT)
