"""The .NET host's side of a replay: which of the SDK's actions are new decisions, and whether the execution is over.

Out of process, the SDK answers every turn with all actions since the start of the execution. The host performs
that list as its own orchestration against the same history: it awaits each action before it invokes the next,
numbers activities, sub-orchestrations and timers in that order, and retries by itself. Python and host count
independently; if they disagree, Azure follows the host's count. Rules: DurableTask.Core's
TaskOrchestrationContext and the extension's OutOfProcOrchestrationShim, checked against recorded turns.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

from devhost.durable.engine.awaited import Awaited, when_all, when_any
from devhost.durable.engine.decisions import ActivityCall, ChildStart, Decision, TimerSet
from devhost.durable.engine.history import COMPLETIONS, DECISIONS, Event, EventType
from devhost.durable.engine.nondeterminism import not_scheduled, scheduled_otherwise
from devhost.durable.engine.refusals import OrchestratorFailedError


class ActionType(IntEnum):
    """The SDK's action numbers (azure.durable_functions.models.actions.ActionType)."""

    CALL_ACTIVITY = 0
    CALL_ACTIVITY_WITH_RETRY = 1
    CALL_SUB_ORCHESTRATOR = 2
    CALL_SUB_ORCHESTRATOR_WITH_RETRY = 3
    CONTINUE_AS_NEW = 4
    CREATE_TIMER = 5
    WAIT_FOR_EXTERNAL_EVENT = 6
    CALL_ENTITY = 7
    CALL_HTTP = 8
    SIGNAL_ENTITY = 9
    WHEN_ANY = 11
    WHEN_ALL = 12


class UnsupportedActionError(OrchestratorFailedError):
    """The orchestrator used an action that this host does not support."""


class Walk:
    """The walk of one turn through the SDK's actions. Feed it the history in order, then read its state."""

    def __init__(self, actions: Sequence[Mapping[str, Any]], default_version: str | None = None) -> None:
        self.pending: dict[int, Decision] = {}
        self.open: dict[int, Awaited] = {}
        self.continue_as_new: Mapping[str, Any] | None = None
        self.carried: list[Event] = []
        self.suspended = False
        self.held_by: Event | None = None  # the last suspension or resumption
        self.finished = False
        self.next_id = 0
        self._actions = actions
        self._default_version = default_version
        self._position = 0
        self._now = datetime.min.replace(tzinfo=UTC)
        self._waiters: defaultdict[str, list[Awaited]] = defaultdict(list)
        self._early: defaultdict[str, deque[Event]] = defaultdict(deque)
        self._held_back: list[Event] = []

    @property
    def over(self) -> bool:
        """True if nothing is left to invoke and nothing that was scheduled is still open."""
        return self.finished and not self.open

    def blocked_on(self) -> Mapping[str, Any] | None:
        """Return the action that is awaited now."""
        return None if self.finished or not self._position else self._actions[self._position - 1]

    def feed(self, event: Event) -> None:
        """Apply one history event. Raises NonDeterministicError, UnsupportedActionError."""
        kind = event.type
        if kind is EventType.EXECUTION_SUSPENDED:
            self.suspended, self.held_by = True, event
        elif kind is EventType.EXECUTION_RESUMED:
            self.suspended, self.held_by = False, event
            held_back, self._held_back = self._held_back, []
            for held in held_back:
                self.feed(held)
        elif kind is EventType.ORCHESTRATOR_STARTED:
            self._now = datetime.fromisoformat(event.timestamp)
        elif self.suspended:
            self._held_back.append(event)
        elif kind is EventType.EXECUTION_STARTED:
            self._advance()
        elif kind in DECISIONS:
            self._confirm(event)
        elif kind in COMPLETIONS:
            if awaited := self.open.pop(event.key, None):
                awaited.settle(kind in (EventType.TASK_FAILED, EventType.SUB_ORCHESTRATION_FAILED))
        elif kind is EventType.EVENT_RAISED:
            self._deliver(event)

    def _advance(self) -> None:
        while self._position < len(self._actions):
            action = self._actions[self._position]
            self._position += 1
            awaited = self._invoke(action)
            if not awaited.done:
                awaited.then(self._advance)
                return
        self.finished = True

    def _confirm(self, event: Event) -> None:
        decision = self.pending.get(event.key)
        if decision is None:
            raise not_scheduled(event)
        if decision.kind is not event.type or (decision.name or "").lower() != (event.name or "").lower():
            raise scheduled_otherwise(event, decision.kind, decision.name)
        del self.pending[event.key]

    def _deliver(self, event: Event) -> None:
        if self.continue_as_new is not None:
            self.carried.append(event)
            return
        name = (event.name or "").lower()
        if self._waiters[name]:
            self._waiters[name].pop().settle()
        else:
            self._early[name].append(event)

    def _invoke(self, action: Mapping[str, Any]) -> Awaited:
        match action["actionType"]:
            case ActionType.CALL_ACTIVITY | ActionType.CALL_SUB_ORCHESTRATOR:
                return self._call(action)
            case ActionType.CALL_ACTIVITY_WITH_RETRY | ActionType.CALL_SUB_ORCHESTRATOR_WITH_RETRY:
                return self._call_with_retry(action)
            case ActionType.CREATE_TIMER:
                return self._timer(action)
            case ActionType.WAIT_FOR_EXTERNAL_EVENT:
                return self._wait(action["externalEventName"].lower())
            case ActionType.WHEN_ANY:
                return when_any([self._invoke(child) for child in action["compoundActions"]])
            case ActionType.WHEN_ALL:
                return when_all([self._invoke(child) for child in action["compoundActions"]])
            case ActionType.CONTINUE_AS_NEW:
                self.continue_as_new = action
                return Awaited(done=True)
            case unsupported:
                raise UnsupportedActionError(
                    f"It used {ActionType(unsupported).name.lower()}, which devhost does not support: "
                    "it has no durable entities and makes no durable HTTP calls."
                )

    def _schedule(self, decision: Decision) -> Awaited:
        self.next_id += 1
        self.pending[decision.id] = decision
        self.open[decision.id] = awaited = Awaited()
        return awaited

    def _call(self, action: Mapping[str, Any]) -> Awaited:
        name, text = action["functionName"], action.get("input")
        if action["actionType"] in (ActionType.CALL_ACTIVITY, ActionType.CALL_ACTIVITY_WITH_RETRY):
            return self._schedule(ActivityCall(self.next_id, name, text))
        version = action.get("version", self._default_version)
        return self._schedule(ChildStart(self.next_id, name, text, action.get("instanceId"), version))

    def _timer(self, action: Mapping[str, Any]) -> Awaited:
        timer = TimerSet(self.next_id, datetime.fromisoformat(action["fireAt"]))
        awaited = self._schedule(timer)
        if action["isCanceled"]:  # its id stays used and its timer stays stored
            del self.open[timer.id]
            awaited.settle()
        return awaited

    def _wait(self, name: str) -> Awaited:
        if self._early[name]:
            self._early[name].popleft()
            return Awaited(done=True)
        self._waiters[name].append(awaited := Awaited())
        return awaited

    def _call_with_retry(self, action: Mapping[str, Any]) -> Awaited:
        options = action["retryOptions"]
        most = options["maxNumberOfAttempts"]
        interval = timedelta(milliseconds=options["firstRetryIntervalInMilliseconds"])
        outcome = Awaited()
        self._attempt(action, most, interval, outcome)
        return outcome

    def _attempt(self, action: Mapping[str, Any], left: int, interval: timedelta, outcome: Awaited) -> None:
        call = self._call(action)
        call.then(lambda: self._after_attempt(action, left - 1, interval, call, outcome))

    def _after_attempt(
        self, action: Mapping[str, Any], left: int, interval: timedelta, call: Awaited, outcome: Awaited
    ) -> None:
        if not call.failed:
            outcome.settle()
            return
        # One more timer, due at once, follows the last attempt too: the SDK waits for it.
        delay = interval if left > 0 else timedelta()
        pause = self._schedule(TimerSet(self.next_id, self._now + delay, delay))
        if left > 0:
            pause.then(lambda: self._attempt(action, left, interval, outcome))
        else:
            pause.then(lambda: outcome.settle(failed=True))
