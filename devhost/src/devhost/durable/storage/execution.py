"""Take turns of instances within the hub's transaction, with the recently used ones in memory."""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from cachetools import LRUCache

from devhost.durable.engine.decisions import ActivityCall, ChildStart, TimerSet
from devhost.durable.engine.history import Event, EventType, compact_json, execution_started, new_event, wire_time
from devhost.durable.engine.instance import Instance, Parent, Status
from devhost.durable.engine.turn import Loaded, Successor, Turn, take_turn
from devhost.durable.engine.versions import Versioning
from devhost.durable.storage.inbox import Inbox
from devhost.durable.storage.store import HubStore, ScheduledActivity
from devhost.ports import DurableFunctions

_LOG = logging.getLogger(__name__)
# Live instances whose history stays parsed in memory; others are read again for their next turn.
_HOT_INSTANCES = 1024


class Executions:
    """The instances of one hub. Each method that changes something must run inside the hub's transaction."""

    def __init__(
        self, store: HubStore, functions: DurableFunctions, now: Callable[[], datetime], versioning: Versioning
    ) -> None:
        self._store = store
        self._versioning = versioning
        self._functions = functions
        self._now = now
        self._hot: LRUCache[str, Loaded] = LRUCache(_HOT_INSTANCES)
        self._inbox = Inbox(store)
        self.ready: OrderedDict[str, None] = OrderedDict.fromkeys(
            [*store.instances_to_begin(), *self._inbox.instances()]
        )
        self.stuck = store.stuck()
        self._new_activities: list[ScheduledActivity] = []
        self._ended: list[str] = []

    def instance(self, instance_id: str) -> Instance | None:
        """Return the instance as last written, None if it does not exist."""
        hot = self._hot.get(instance_id)
        return hot.instance if hot else self._store.instance(instance_id)

    def begin(
        self,
        instance_id: str,
        execution_id: str,
        name: str,
        text: str | None,
        *,
        parent: Parent | None = None,
        version: str | None = None,
    ) -> None:
        """Write a new instance, replacing one of the same id, and schedule its first turn. `text` is JSON.

        Without a version it gets the default of host.json.
        """
        version = self._versioning.default if version is None else version
        now = self._now()
        stamp = wire_time(now)
        generation = None if parent else 0
        if self.instance(instance_id):
            generation = None if parent else self._generation(instance_id) + 1
            self.forget(instance_id)
        instance = Instance(
            instance_id,
            execution_id,
            name,
            Status.PENDING,
            text,
            output=None,
            custom_status=None,
            created=stamp,
            updated=stamp,
            parent=parent,
            version=version,
        )
        self._store.put_instance(instance)
        self._hot[instance_id] = Loaded(instance, [])
        started = execution_started(
            now,
            name,
            instance_id,
            execution_id,
            input_text=text,
            parent=parent,
            generation=generation,
            version=version,
        )
        self.deliver(instance_id, execution_id, started)

    def _generation(self, instance_id: str) -> int:
        started = (e for e in self._store.history(instance_id) if e.type is EventType.EXECUTION_STARTED)
        return next((json.loads(event.text)["Generation"] or 0 for event in started), 0)

    def deliver(self, instance_id: str, execution_id: str | None, event: Event) -> None:
        """Put a message into an instance's inbox. With an execution id it is only for that execution."""
        self._inbox.put(instance_id, execution_id, event)
        self.ready[instance_id] = None

    def forget(self, instance_id: str) -> None:
        """Delete an instance. Activities that it has scheduled run to their end, as on Azure."""
        self._hot.pop(instance_id, None)
        self._inbox.take(instance_id)
        self._note_stuck(instance_id, None)
        self._store.forget(instance_id)

    def take_turn_of_next(self) -> None:
        """Take one turn of the instance that has been ready longest."""
        instance_id, _ = self.ready.popitem(last=False)
        hot = self._load(instance_id)
        if hot and self._is_rejected(hot.instance):
            return
        if hot and hot.instance.begins_generation:
            turn = take_turn(hot, [], self._functions, self._now(), self._versioning)
            self.ready[instance_id] = None
        else:
            messages = self._inbox.take(instance_id)
            if hot is None:
                return
            current = hot.instance.execution_id
            arrived = [event for execution_id, event in messages if execution_id in (None, current)]
            if not arrived:
                return
            turn = take_turn(hot, arrived, self._functions, self._now(), self._versioning)
        self._write(hot, turn)

    def _is_rejected(self, instance: Instance) -> bool:
        """Return whether an instance must wait, with its messages, for a host of another version; then warn of it."""
        refusal = self._versioning.on_mismatch == "Reject" and self._versioning.refusal(instance.version)
        if not refusal:
            return False
        reason = f"it waits for another host, as on Azure: {refusal}"
        _LOG.warning("Instance %s of %s: %s.", instance.id, instance.name, reason)
        self._note_stuck(instance.id, reason)
        return True

    def flush(self) -> None:
        """Write what is only in memory: the last step before the commit."""
        self._inbox.flush()

    def take_new_activities(self) -> list[ScheduledActivity]:
        """Return the activities scheduled since the last call, to be run once the transaction is committed."""
        taken, self._new_activities = self._new_activities, []
        return taken

    def take_ended(self) -> list[str]:
        """Return the ids of the instances that ended since the last call."""
        taken, self._ended = self._ended, []
        return taken

    def _load(self, instance_id: str) -> Loaded | None:
        if hot := self._hot.get(instance_id):
            return hot
        instance = self._store.instance(instance_id)
        if instance is None or instance.status.terminal:
            return None
        hot = Loaded(instance, self._store.history(instance_id))
        self._hot[instance_id] = hot
        return hot

    def _write(self, hot: Loaded, turn: Turn) -> None:
        instance, now = hot.instance, self._now()
        if turn.warning:
            _LOG.warning("Instance %s of %s: %s.", instance.id, instance.name, turn.warning)
        self._note_stuck(instance.id, turn.warning)
        self._store.append_history(instance.id, len(hot.history), turn.appended)
        hot.history.extend(turn.appended)
        instance.begins_generation = False
        instance.status, instance.output = turn.status, turn.output
        instance.custom_status, instance.updated = turn.custom_status, wire_time(now)
        self._carry_out(instance, turn, now)
        if turn.successor:
            self._continue_as_new(hot, turn.successor)
        self._store.put_instance(instance)
        if instance.status.terminal:
            self._end(instance, now)

    def _note_stuck(self, instance_id: str, reason: str | None) -> None:
        if reason != self.stuck.pop(instance_id, None):
            self._store.put_stuck(instance_id, reason)
        if reason:
            self.stuck[instance_id] = reason

    def _carry_out(self, instance: Instance, turn: Turn, now: datetime) -> None:
        for decision in turn.decisions:
            match decision:
                case ActivityCall():
                    self._new_activities.append(
                        self._store.put_activity(
                            instance.id, instance.execution_id, decision.id, decision.name, decision.input
                        )
                    )
                case TimerSet():
                    due = decision.fire_at.timestamp()
                    fire_at = wire_time(decision.fire_at)
                    self._store.put_timer(instance.id, instance.execution_id, decision.id, due, fire_at)
                case ChildStart():
                    self._start_child(instance, decision)

    def _end(self, instance: Instance, now: datetime) -> None:
        if instance.status is Status.FAILED:
            _LOG.warning("Instance %s of %s has failed: %.1000s", instance.id, instance.name, instance.output)
        self._hot.pop(instance.id, None)
        self._store.delete_timers(instance.id)
        self._ended.append(instance.id)
        parent = instance.parent
        if parent is None:
            return
        if instance.status is Status.COMPLETED:
            outcome = new_event(
                EventType.SUB_ORCHESTRATION_COMPLETED, now, TaskScheduledId=parent.task_id, Result=instance.output
            )
        else:
            outcome = new_event(
                EventType.SUB_ORCHESTRATION_FAILED,
                now,
                TaskScheduledId=parent.task_id,
                Reason=instance.output,
                Details=_failure_details(instance),
                FailureDetails=None,
            )
        self.deliver(parent.instance_id, parent.execution_id, outcome)

    def _start_child(self, parent: Instance, decision: ChildStart) -> None:
        assert decision.instance_id is not None  # noqa: S101 - the turn has filled it in
        link = Parent(parent.name, parent.id, parent.execution_id, decision.id, parent.version)
        text = None if decision.input is None else compact_json(decision.input)
        # A running instance of the same id is overwritten silently, as on Azure.
        self.begin(decision.instance_id, uuid4().hex, decision.name, text, parent=link, version=decision.version)

    def _continue_as_new(self, hot: Loaded, successor: Successor) -> None:
        instance = hot.instance
        self._store.clear_execution(instance.id)
        self._store.append_history(instance.id, 0, successor.history)
        hot.history = successor.history
        instance.execution_id, instance.input = successor.execution_id, successor.input
        instance.created = instance.updated
        instance.begins_generation = True
        self.ready[instance.id] = None


def _failure_details(child: Instance) -> str | None:
    if child.status is Status.TERMINATED:
        return None
    message = (child.output or "").removeprefix(f"Orchestrator function '{child.name}' failed: ")
    return f"Message: {message}, StackTrace: "
