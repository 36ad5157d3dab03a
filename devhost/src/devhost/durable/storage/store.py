"""The hub's SQLite file: instances, histories, undelivered messages, timers and unfinished activities.

WAL with synchronous=NORMAL: what was committed survives the death of the process at any point (not a power cut).
Every method but the reading ones must run inside a transaction that its caller has begun. What turns write is
gathered and written with one statement of each kind for the whole commit; reading takes it into account.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from devhost.durable.engine.history import Event, read_events
from devhost.durable.engine.instance import Group, Instance, Status
from devhost.durable.storage.instance_row import instance_row, read_instance
from devhost.durable.storage.schema import open_database

_BETWEEN_EVENTS = "\n"  # never part of compact JSON


class ScheduledActivity(NamedTuple):
    """An activity that was scheduled and has no outcome yet; `row` identifies the request."""

    row: int
    instance_id: str
    execution_id: str
    task_id: int
    name: str
    input: str | None


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A timer that is due."""

    instance_id: str
    execution_id: str
    timer_id: int
    fire_at: str


class HubStore:
    """One connection to the hub's file. Opening it raises HubFileError; later calls raise sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path)
        newest = self._db.execute("SELECT max(activity_row) FROM activities").fetchone()[0]
        self._activity_rows = itertools.count((newest or 0) + 1)
        # What the transaction has gathered and not yet written.
        self._instances: dict[str, Instance] = {}
        self._history: dict[str, list[tuple[int, str]]] = {}
        self._timers: dict[str, list[tuple[str, int, float, str]]] = {}
        self._messages: list[tuple[str, str | None, str]] = []
        self._emptied_inboxes: list[tuple[str]] = []
        self._without_timers: list[tuple[str]] = []
        self._activities: list[ScheduledActivity] = []
        self._ended_activities: list[tuple[int]] = []

    def close(self) -> None:
        """Close the file. An open transaction is lost."""
        self._db.close()

    def begin(self) -> None:
        """Begin a write transaction."""
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make everything since `begin` durable."""
        self._write_gathered()
        self._db.execute("COMMIT")

    def rollback(self) -> None:
        """Drop everything since `begin`. Afterwards the store can only be closed."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _write_gathered(self) -> None:
        write = self._db.executemany
        write(
            "INSERT OR REPLACE INTO instances VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            map(instance_row, self._instances.values()),
        )
        write("INSERT INTO history VALUES (?,?,?)", _with_id(self._history))
        write("DELETE FROM inbox WHERE instance_id=?", self._emptied_inboxes)
        write("INSERT INTO inbox (instance_id, execution_id, event) VALUES (?,?,?)", self._messages)
        write("DELETE FROM timers WHERE instance_id=?", self._without_timers)
        write(
            "INSERT INTO timers (instance_id, execution_id, timer_id, due, fire_at) VALUES (?,?,?,?,?)",
            _with_id(self._timers),
        )
        write("DELETE FROM activities WHERE activity_row=?", self._ended_activities)
        write("INSERT INTO activities VALUES (?,?,?,?,?,?)", self._activities)
        for by_instance in (self._instances, self._history, self._timers):
            by_instance.clear()
        for rows in (self._emptied_inboxes, self._messages, self._without_timers):
            rows.clear()
        for rows in (self._ended_activities, self._activities):
            rows.clear()

    # instances

    def instance(self, instance_id: str) -> Instance | None:
        """Return the instance with exactly this id, None if there is no such instance."""
        if gathered := self._instances.get(instance_id):
            return gathered
        row = self._db.execute("SELECT * FROM instances WHERE instance_id=?", (instance_id,)).fetchone()
        return read_instance(row) if row else None

    def put_instance(self, instance: Instance) -> None:
        """Insert or replace an instance's row, with its values at the commit."""
        self._instances[instance.id] = instance

    def select_instances(
        self,
        *,
        prefix: str = "",
        created_from: str | None = None,
        created_to: str | None = None,
        statuses: Sequence[str] = (),
        after: str = "",
        limit: int = -1,
    ) -> list[Instance]:
        """Return instances created within the bounds, by id, beginning behind the id `after`; -1 means no limit."""
        self._write_gathered()
        marks = ",".join("?" * len(statuses))
        query = (
            "SELECT * FROM instances WHERE instance_id > ? AND substr(instance_id, 1, ?) = ?"  # noqa: S608 - only question marks are inserted
            " AND created >= ? AND created <= ?"
            + (f" AND status IN ({marks})" if statuses else "")
            + " ORDER BY instance_id LIMIT ?"
        )
        bounds = (created_from or "", created_to or "~")
        rows = self._db.execute(query, (after, len(prefix), prefix, *bounds, *statuses, limit))
        return [read_instance(row) for row in rows]

    def groups(self) -> list[Group]:
        """Return the committed instances, counted by orchestrator and status."""
        rows = self._db.execute(
            "SELECT name, status, count(*), min(instance_id) FROM instances GROUP BY name, status ORDER BY name, status"
        )
        return [Group(name, Status(status), count, example) for name, status, count, example in rows]

    def stuck(self) -> dict[str, str]:
        """Return the reason, by instance id, for each instance that only a further event could move."""
        return dict(self._db.execute("SELECT instance_id, reason FROM stuck ORDER BY instance_id"))

    def put_stuck(self, instance_id: str, reason: str | None) -> None:
        """Write why an instance is stuck; None if it no longer is."""
        if reason is None:
            self._db.execute("DELETE FROM stuck WHERE instance_id=?", (instance_id,))
        else:
            self._db.execute("INSERT OR REPLACE INTO stuck VALUES (?,?)", (instance_id, reason))

    def forget(self, instance_id: str) -> None:
        """Delete an instance, except its messages and activities."""
        self._instances.pop(instance_id, None)
        self._db.execute("DELETE FROM instances WHERE instance_id=?", (instance_id,))
        self.clear_execution(instance_id)

    def clear_execution(self, instance_id: str) -> None:
        """Delete an execution's history and timers."""
        self._history.pop(instance_id, None)
        self._db.execute("DELETE FROM history WHERE instance_id=?", (instance_id,))
        self.delete_timers(instance_id)

    # history

    def history(self, instance_id: str) -> list[Event]:
        """Return the events of the current execution in order."""
        if instance_id in self._history:
            self._write_gathered()
        rows = self._db.execute("SELECT events FROM history WHERE instance_id=? ORDER BY first", (instance_id,))
        return read_events([text for (texts,) in rows for text in texts.split(_BETWEEN_EVENTS)])

    def append_history(self, instance_id: str, first: int, events: Sequence[Event]) -> None:
        """Write the events of one turn, if any; `first` is the position of its first event in the history."""
        if events:
            texts = _BETWEEN_EVENTS.join(event.text for event in events)
            self._history.setdefault(instance_id, []).append((first, texts))

    # messages to instances

    def put_messages(self, instance_id: str, messages: Iterable[tuple[str | None, Event]]) -> None:
        """Add messages to an instance."""
        self._messages.extend((instance_id, execution_id, event.text) for execution_id, event in messages)

    def messages(self) -> Iterator[tuple[str, str | None, Event]]:
        """Yield the undelivered messages in the order of their arrival: instance, execution, event."""
        rows = self._db.execute("SELECT instance_id, execution_id, event FROM inbox ORDER BY message_id")
        return ((instance_id, execution_id, Event.read(text)) for instance_id, execution_id, text in rows)

    def delete_messages(self, instance_id: str) -> None:
        """Delete an instance's messages from the file."""
        self._emptied_inboxes.append((instance_id,))

    def instances_to_begin(self) -> list[str]:
        """Return the ids of instances that continued as new and have not taken their first turn since."""
        rows = self._db.execute("SELECT instance_id FROM instances WHERE begins_generation")
        return [instance_id for (instance_id,) in rows]

    # timers

    def put_timer(self, instance_id: str, execution_id: str, timer_id: int, due: float, fire_at: str) -> None:
        """Write a timer; `due` is in Unix seconds."""
        self._timers.setdefault(instance_id, []).append((execution_id, timer_id, due, fire_at))

    def take_due_timers(self, now: float, most: int) -> list[DueTimer]:
        """Remove and return up to `most` timers that are due."""
        rows = self._db.execute(
            "SELECT timer_row, instance_id, execution_id, timer_id, fire_at FROM timers"
            " WHERE due<=? ORDER BY due LIMIT ?",
            (now, most),
        ).fetchall()
        self._db.executemany("DELETE FROM timers WHERE timer_row=?", [row[:1] for row in rows])
        return [DueTimer(*row[1:]) for row in rows]

    def next_due(self) -> float | None:
        """Return the earliest due time of any timer."""
        return self._db.execute("SELECT min(due) FROM timers").fetchone()[0]

    def delete_timers(self, instance_id: str) -> None:
        """Delete the timers of an instance."""
        self._timers.pop(instance_id, None)
        self._without_timers.append((instance_id,))

    # activities

    def put_activity(
        self, instance_id: str, execution_id: str, task_id: int, name: str, text: str | None
    ) -> ScheduledActivity:
        """Write an activity that is to run."""
        activity = ScheduledActivity(next(self._activity_rows), instance_id, execution_id, task_id, name, text)
        self._activities.append(activity)
        return activity

    def delete_activity(self, row: int) -> None:
        """Delete an activity whose outcome is being delivered."""
        self._ended_activities.append((row,))

    def activities(self) -> list[ScheduledActivity]:
        """Return the activities without an outcome, oldest first."""
        return [ScheduledActivity(*row) for row in self._db.execute("SELECT * FROM activities ORDER BY activity_row")]


def _with_id(rows: Mapping[str, Iterable[tuple[Any, ...]]]) -> Iterator[tuple[Any, ...]]:
    return ((instance_id, *row) for instance_id, of_instance in rows.items() for row in of_instance)
