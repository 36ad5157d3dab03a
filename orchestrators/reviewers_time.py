"""The reviewers' time: stage by stage, with reminders, an escalation and the deadline, until the review is decided."""

from __future__ import annotations

import warnings
from datetime import datetime, timedelta
from typing import Any

import azure.durable_functions as df

from compliance.outcome import ReviewState
from compliance.schedule import Due, DueKind, next_due
from contracts.history import ExpiryStep, ReminderStep, RequestStep, ReviewStanding, StageStatus
from contracts.names import (
    DEADLINE_MARGIN,
    DECISION_EVENT,
    ESCALATE_REVIEW,
    EXPIRE_REVIEW,
    LOAD_REVIEW,
    LONGEST_GRACE,
    LONGEST_TIMER,
    REMIND_REVIEWERS,
    REQUEST_DECISIONS,
    decision_event,
)
from orchestrators.steps import Steps, standing_after, step_of

# A second event for one stage is harmless; the SDK would warn of it at every replay.
warnings.filterwarnings("ignore", f"Potential duplicate Task completion for TaskId: {DECISION_EVENT}")


class ReviewersTime:
    """The waits of one orchestration."""

    def __init__(self, context: df.DurableOrchestrationContext) -> None:
        self._context = context
        self._graces = timedelta(0)  # waited after the deadline for decisions that are still queued

    def until_decided(self, standing: ReviewStanding) -> Steps[ReviewStanding]:
        """Wait for the end of each stage and ask the reviewers of the next one.

        If a stage is not over although its event was raised, the orchestration ends with the review open, because it
        can wait only once for an event of one name. The sweep starts it again.
        """
        while True:
            stage = standing.stage
            standing = yield from self._stage(standing)
            if standing.state is not ReviewState.OPEN or standing.stage == stage:
                return standing
            request = RequestStep(**dict(step_of(self._context)))
            standing = yield from standing_after(self._context, REQUEST_DECISIONS, request)
            if standing.state is not ReviewState.OPEN:
                return standing

    def _stage(self, standing: ReviewStanding) -> Steps[ReviewStanding]:
        stage = standing.stage
        self._context.set_custom_status(StageStatus(stage=stage).model_dump(by_alias=True))
        over = self._context.wait_for_external_event(decision_event(stage))  # once: see contracts.names
        while standing.state is ReviewState.OPEN and standing.stage == stage:
            due = next_due(
                standing.due_times, standing.reminders_sent, standing.escalated, self._context.current_utc_datetime
            )
            time_came = yield from self._time_comes_first(over, self._wait_until(due, standing))
            if not time_came:
                return (yield from standing_after(self._context, LOAD_REVIEW, step_of(self._context)))
            standing = yield from self._act(due, standing)
        return standing

    def _wait_until(self, due: Due, standing: ReviewStanding) -> datetime:
        """Return the time until which to wait before acting on what is due."""
        if due.kind is not DueKind.DEADLINE:
            return due.at
        if self._graces:
            return self._context.current_utc_datetime + standing.grace
        return due.at + DEADLINE_MARGIN

    def _act(self, due: Due, standing: ReviewStanding) -> Steps[ReviewStanding]:
        step = step_of(self._context)
        match due.kind:
            case DueKind.REMINDER:
                reminder = ReminderStep(**dict(step), number=due.number)
                return (yield from standing_after(self._context, REMIND_REVIEWERS, reminder))
            case DueKind.ESCALATION:
                return (yield from standing_after(self._context, ESCALATE_REVIEW, step))
            case DueKind.DEADLINE:
                expiry = ExpiryStep(**dict(step), final=not standing.grace or self._graces >= LONGEST_GRACE)
                self._graces += standing.grace
                return (yield from standing_after(self._context, EXPIRE_REVIEW, expiry))

    def _time_comes_first(self, over: Any, due: datetime) -> Steps[bool]:
        """Wait for the event or the time. Returns True if the time came first.

        Each round has a new timer, because yielding one twice hangs.
        """
        while True:
            round_due = min(due, self._context.current_utc_datetime + LONGEST_TIMER)
            timer: Any = self._context.create_timer(round_due)
            winner = yield self._context.task_any([over, timer])
            if winner is over:
                timer.cancel()
                return False
            # Not compared with the present time: a timer may fire up to a second early.
            if round_due == due:
                return True
