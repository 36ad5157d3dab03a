"""The journey of one document: inspect, ask, wait, move, close, announce.

The ledger decides; the orchestration only acts and keeps time. It may be started again from the top if its instance is
lost, because each step first checks what is done already.
"""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from compliance.outcome import ReviewState, Verdict
from contracts.history import CloseStep, MoveResult, RequestStep, ReviewStanding
from contracts.names import (
    ANNOUNCE_OUTCOME,
    ARCHIVE_DOCUMENT,
    CLOSE_REVIEW,
    INSPECT_DOCUMENT,
    PUBLISH_DOCUMENT,
    READ_SCAN_VERDICT,
    REQUEST_DECISIONS,
)
from orchestrators.reviewers_time import ReviewersTime
from orchestrators.scan_wait import wait_for_scan
from orchestrators.steps import Steps, activity_task, standing_after, step_of

bp = df.Blueprint()


@bp.orchestration_trigger(context_name="context")
def document_review(context: df.DurableOrchestrationContext) -> Steps[Any]:
    """Guide the review whose id is the instance's id. Returns the review's standing at the end."""
    inspection = yield activity_task(context, INSPECT_DOCUMENT, step_of(context))
    inspection = yield from wait_for_scan(
        context, inspection, lambda: activity_task(context, READ_SCAN_VERDICT, step_of(context))
    )
    # A step of its own, so that the reviewers' time does not begin before the inspection has ended. After a restart
    # the review may be decided or closed: then this step sends no request and returns that standing.
    request = RequestStep(**dict(step_of(context)), inspection=inspection)
    standing = yield from standing_after(context, REQUEST_DECISIONS, request)
    if standing.state is ReviewState.OPEN:
        standing = yield from ReviewersTime(context).until_decided(standing)
    if standing.state is ReviewState.DECIDED:
        moved = yield from _move(context, standing)
        standing = yield from standing_after(context, CLOSE_REVIEW, CloseStep(**dict(step_of(context)), move=moved))
        yield activity_task(context, ANNOUNCE_OUTCOME, step_of(context))
    return standing.model_dump(mode="json", by_alias=True)


def _move(context: df.DurableOrchestrationContext, standing: ReviewStanding) -> Steps[MoveResult]:
    if standing.verdict in (Verdict.SUPERSEDE, Verdict.GONE):
        return MoveResult()
    activity = PUBLISH_DOCUMENT if standing.verdict is Verdict.APPROVE else ARCHIVE_DOCUMENT
    result = yield activity_task(context, activity, step_of(context))
    return MoveResult.model_validate(result)
