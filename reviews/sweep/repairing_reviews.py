"""Repair single unfinished reviews: their orchestrations, their announcements and the lists that show them."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

import azure.durable_functions as df

from adapters.ledger.store import StoredReview
from adapters.orchestration import end, running_orchestration
from adapters.telemetry import Backlog, Repair
from compliance.outcome import ReviewState, Verdict
from compliance.review import Head
from compliance.transitions import restart
from reviews.announcing import announce_outcome
from reviews.app import App
from reviews.documents.contradictions import is_contradicted_by_storage
from reviews.opening import write_review
from reviews.superseding import end_if_changed
from reviews.sweep.correcting import Suspect, compare_lists, correct, list_submitted
from reviews.sweep.slices import Slice
from reviews.waking import start, wake


@dataclass(slots=True)
class ReviewRepairs:
    """The repairs of one sweep. `incoming` are the reviews whose document lies where it was announced."""

    app: App
    client: df.DurableOrchestrationClient
    incoming: Container[str]
    backlog: Backlog
    read: list[StoredReview] = field(default_factory=list[StoredReview])

    async def do_noted(self, review: str, etag: str) -> None:
        """Repair a review that is noted as needing it, and delete the note unless that fails."""
        if await self.app.ledger.unfinished.has(review):
            await self.repair_review(review)
        await self.app.ledger.todo.delete(review, etag)

    async def repair_review(self, review: str) -> None:
        """Make a review's orchestration and its announcement agree with the ledger."""
        app, client, backlog = self.app, self.client, self.backlog
        stored = await app.ledger.review(review)
        if stored is None:
            opened = await app.ledger.unfinished.as_opened(review)
            if not await is_contradicted_by_storage(app.ledger, app.documents, opened):
                await write_review(app, client, opened)
                backlog.count_repair(Repair.REVIEW_WRITTEN, review)
            return
        self.read.append(stored)
        head = stored.head
        backlog.add(head)
        if head.state is ReviewState.OPEN and head.review_id not in self.incoming:
            # An opener that died before its last step has not ended the older reviews of its document's name.
            head = await end_if_changed(app.ledger, app.documents, head.review_id) or head
            if head.state is ReviewState.DECIDED:
                gone = head.verdict is Verdict.GONE
                backlog.count_repair(Repair.REVIEW_GONE if gone else Repair.REVIEW_SUPERSEDED, head.review_id)
        orchestration = await running_orchestration(client, head.review_id)
        if orchestration is None:
            await _finish_or_restart(app, client, head, backlog)
        elif orchestration.waits_for is not None:
            await _keep_in_step(app, client, head, orchestration.waits_for, backlog)

    async def wrong_lists(self, part: Slice) -> list[Suspect]:
        """Find the reviews of this part whose rows are wrong, and list those that their submitters' lists lack."""
        looked_at = [each for each in self.read if part.covers(each.head.review_id)]
        for review in await list_submitted(self.app, [each.head for each in looked_at]):
            self.backlog.count_repair(Repair.LISTS_CORRECTED, review)
        return await compare_lists(self.app, part, looked_at)

    async def correct_lists(self, suspect: Suspect) -> None:
        """Correct the rows that list a review."""
        if await correct(self.app, suspect):
            self.backlog.count_repair(Repair.LISTS_CORRECTED, suspect.review_id)


async def _keep_in_step(
    app: App, client: df.DurableOrchestrationClient, head: Head, waits_for: int, backlog: Backlog
) -> None:
    """Wake an orchestration that is behind the ledger; end one that is ahead of it, which the next sweep restarts."""
    if waits_for < head.stages_over:
        await wake(app, client, head.review_id, waits_for)
        backlog.count_repair(Repair.ORCHESTRATION_WOKEN, head.review_id)
        return
    if not _is_ahead(head, waits_for):
        return
    head = await app.ledger.get(head.review_id)  # again, because the review may have gone on since it was read
    if _is_ahead(head, waits_for):  # the ledger was restored to an older state
        await end(client, head.review_id)
        await app.ledger.todo.put(head.review_id)
        backlog.count_repair(Repair.ORCHESTRATION_ENDED, head.review_id)


def _is_ahead(head: Head, waits_for: int) -> bool:
    return waits_for > head.stage or not head.inspected


async def _finish_or_restart(app: App, client: df.DurableOrchestrationClient, head: Head, backlog: Backlog) -> None:
    if head.state is ReviewState.CLOSED:
        await announce_outcome(app, head.review_id)
        backlog.count_repair(Repair.OUTCOME_ANNOUNCED, head.review_id)
    elif not await is_contradicted_by_storage(app.ledger, app.documents, head):
        await app.ledger.change(head.review_id, restart)
        await start(app, client, head.review_id)
        backlog.count_repair(Repair.ORCHESTRATION_STARTED, head.review_id)
