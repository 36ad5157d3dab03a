"""The journey of one document: inspect, ask, wait, move, close, announce.

The ledger decides, this only acts and keeps time. It may be started again from the top whenever its instance was lost:
each step first looks at what is done already.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

import azure.durable_functions as df

from compliance.outcome import ReviewState, Verdict
from contracts.workflow import (
    ANNOUNCE_OUTCOME,
    ARCHIVE_DOCUMENT,
    CLOSE_REVIEW,
    DEADLINE_MARGIN,
    DECISION_EVENT,
    EXPIRE_REVIEW,
    INSPECT_DOCUMENT,
    LOAD_REVIEW,
    LONGEST_GRACE,
    LONGEST_TIMER,
    PUBLISH_DOCUMENT,
    READ_SCAN_VERDICT,
    REQUEST_DECISIONS,
    CloseStep,
    ExpiryStep,
    HistoryModel,
    MoveResult,
    RequestStep,
    ReviewStanding,
    ReviewStep,
)
from orchestrators.scan_wait import scanned

bp = df.Blueprint()

# An event too many is harmless by design; the SDK would warn of it at every replay.
warnings.filterwarnings("ignore", f"Potential duplicate Task completion for TaskId: {DECISION_EVENT}")

Steps = Generator[Any, Any, Any]

# What still fails then fails the instance, and the sweep starts the review again.
_RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=2000, max_number_of_attempts=5)


@bp.orchestration_trigger(context_name="context")
def document_review(context: df.DurableOrchestrationContext) -> Steps:
    """Instance id = review id. The result is the review's standing at its end."""
    standing = yield from _standing(context, LOAD_REVIEW, _step(context))
    if standing.state is ReviewState.OPEN:
        inspection = yield _call(context, INSPECT_DOCUMENT, _step(context))
        inspection = yield from scanned(context, inspection, lambda: _call(context, READ_SCAN_VERDICT, _step(context)))
        # A step of its own, so that the reviewers' time does not begin before the inspection has ended.
        request = RequestStep(**dict(_step(context)), inspection=inspection)
        standing = yield from _standing(context, REQUEST_DECISIONS, request)
    if standing.state is ReviewState.OPEN:
        standing = yield from _decided(context, standing)
    if standing.state is ReviewState.DECIDED:
        moved = yield from _moved(context, standing)
        standing = yield from _standing(context, CLOSE_REVIEW, CloseStep(**dict(_step(context)), move=moved))
        yield _call(context, ANNOUNCE_OUTCOME, _step(context))
    return standing.model_dump(mode="json", by_alias=True)


def _decided(context: df.DurableOrchestrationContext, standing: ReviewStanding) -> Steps:
    """Wait for the decision until the deadline; then as long as decisions that were in time are still queued."""
    if standing.deadline is None:
        raise ValueError("an open review without a deadline has not begun")
    decision = context.wait_for_external_event(DECISION_EVENT)  # once: see contracts.workflow.DECISION_EVENT
    due, graces = standing.deadline + DEADLINE_MARGIN, timedelta(0)
    while True:
        passed = yield from _passed(context, decision, due)
        if not passed:
            return (yield from _standing(context, LOAD_REVIEW, _step(context)))
        expiry = ExpiryStep(**dict(_step(context)), final=not standing.grace or graces >= LONGEST_GRACE)
        standing = yield from _standing(context, EXPIRE_REVIEW, expiry)
        if standing.state is not ReviewState.OPEN:
            return standing
        graces += standing.grace
        due = context.current_utc_datetime + standing.grace


def _passed(context: df.DurableOrchestrationContext, decision: Any, due: datetime) -> Steps:
    """Whether the due time came before the decision. Each round races a new timer: one that is yielded twice hangs."""
    while True:
        step_due = min(due, context.current_utc_datetime + LONGEST_TIMER)
        timer: Any = context.create_timer(step_due)
        winner = yield context.task_any([decision, timer])
        if winner is decision:
            timer.cancel()
            return False
        # What the timer stood for was fixed when it was made: it may fire up to a second early.
        if step_due == due:
            return True


def _moved(context: df.DurableOrchestrationContext, standing: ReviewStanding) -> Steps:
    if standing.verdict is Verdict.SUPERSEDE:
        return MoveResult()
    activity = PUBLISH_DOCUMENT if standing.verdict is Verdict.APPROVE else ARCHIVE_DOCUMENT
    result = yield _call(context, activity, _step(context))
    return MoveResult.model_validate(result)


def _standing(context: df.DurableOrchestrationContext, activity: str, step: HistoryModel) -> Steps:
    result = yield _call(context, activity, step)
    return ReviewStanding.model_validate(result)


def _step(context: df.DurableOrchestrationContext) -> ReviewStep:
    return ReviewStep(review_id=context.instance_id, at=context.current_utc_datetime)


def _call(context: df.DurableOrchestrationContext, activity: str, step: HistoryModel) -> Any:
    return context.call_activity_with_retry(activity, _RETRY, step.model_dump(mode="json", by_alias=True))
