"""Accepted events and the states of their deliveries. An event is accepted once it is stored here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devhost.database import open_database
from devhost.event_grid.config import Subscription, Topic
from devhost.event_grid.feed import Change, EventFeed

_SCHEMA = """
CREATE TABLE events (seq INTEGER PRIMARY KEY, origin TEXT UNIQUE, body TEXT NOT NULL, accepted REAL NOT NULL);
CREATE TABLE deliveries (
    seq INTEGER NOT NULL REFERENCES events ON DELETE CASCADE, subscription TEXT NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL, due REAL NOT NULL, outcome TEXT,
    PRIMARY KEY (seq, subscription)
) WITHOUT ROWID;
CREATE INDEX deliveries_by_state ON deliveries (subscription, state);
CREATE TABLE subscriptions (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID
"""
PENDING, DELIVERED, DEAD_LETTERED = "pending", "delivered", "dead-lettered"
_KEEP_DELIVERED_SECONDS = 86400.0


@dataclass(slots=True)
class Delivery:
    """One event on its way to one subscription. `due` and `accepted` are in Unix seconds of real time."""

    seq: int
    subscription: str
    event: dict[str, Any]
    attempts: int
    due: float
    accepted: float


class EventStore:
    """The events and deliveries. `feed` gets each event and each delivery state once it is written."""

    def __init__(self, file: Path, now: float) -> None:
        self._database = open_database(file, {1: _SCHEMA})
        self._database.execute("PRAGMA foreign_keys = ON")
        self.feed = EventFeed()
        self._forget_delivered(now - _KEEP_DELIVERED_SECONDS)

    def close(self) -> None:
        self._database.close()

    def accept(
        self,
        events: Iterable[Mapping[str, Any]],
        topic: Topic,
        subscriptions: Mapping[str, Subscription],
        now: float,
        origin: str | None = None,
    ) -> list[Delivery]:
        """Store events with their deliveries, all or nothing. An event whose `origin` is already stored is dropped."""
        deliveries: list[Delivery] = []
        changes: list[Change] = []
        self._database.execute("BEGIN IMMEDIATE")
        with self._database:
            for event in events:
                inserted = self._database.execute(
                    "INSERT OR IGNORE INTO events (origin, body, accepted) VALUES (?, ?, ?)",
                    (origin, json.dumps(event), now),
                )
                if not inserted.rowcount:
                    continue
                seq = inserted.lastrowid or 0
                names = [
                    name
                    for name, subscription in subscriptions.items()
                    if subscription.topic == topic and subscription.filter.accepts(dict(event))
                ]
                deliveries += [Delivery(seq, name, dict(event), 0, now, now) for name in names]
                changes.append(_event_change(seq, now, event, names))
            self._database.executemany(
                "INSERT INTO deliveries VALUES (?, ?, 'pending', 0, ?, NULL)",
                [(delivery.seq, delivery.subscription, delivery.due) for delivery in deliveries],
            )
        for change in changes:
            self.feed.publish(change)
        return deliveries

    def pending(self) -> list[Delivery]:
        rows = self._database.execute(
            "SELECT seq, subscription, body, attempts, due, accepted FROM deliveries JOIN events USING (seq)"
            " WHERE state = 'pending' ORDER BY seq"
        )
        return [Delivery(row[0], row[1], json.loads(row[2]), *row[3:]) for row in rows]

    def record(self, delivery: Delivery, state: str, outcome: str) -> None:
        """Write the outcome of the last attempt; `delivery` has the number of attempts and the next due time."""
        self._database.execute(
            "UPDATE deliveries SET state = ?, attempts = ?, due = ?, outcome = ? WHERE seq = ? AND subscription = ?",
            (state, delivery.attempts, delivery.due, outcome, delivery.seq, delivery.subscription),
        )
        identifiers = {
            "id": delivery.event["id"],
            "type": delivery.event["type"],
            "subscription": delivery.subscription,
        }
        progress = {"state": state, "attempts": delivery.attempts, "due": delivery.due, "outcome": outcome}
        self.feed.publish({"kind": "delivery", "seq": delivery.seq, **identifiers, **progress})

    def subscriptions(self) -> dict[str, Subscription]:
        """Return the subscriptions that were added while the host ran."""
        rows = self._database.execute("SELECT name, body FROM subscriptions")
        return {name: Subscription.model_validate_json(body) for name, body in rows}

    def put_subscription(self, name: str, subscription: Subscription) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO subscriptions VALUES (?, ?)", (name, subscription.model_dump_json(by_alias=True))
        )

    def delete_subscription(self, name: str) -> None:
        self._database.execute("DELETE FROM subscriptions WHERE name = ?", (name,))
        self._database.execute("DELETE FROM deliveries WHERE subscription = ?", (name,))

    def counts(self, subscription: str) -> dict[str, int]:
        rows = self._database.execute(
            "SELECT state, count(*) FROM deliveries WHERE subscription = ? GROUP BY state", (subscription,)
        )
        return {PENDING: 0, DELIVERED: 0, DEAD_LETTERED: 0, **dict(rows)}

    def deliveries(self, most: int, subscription: str | None = None, state: str | None = None) -> list[dict[str, Any]]:
        """Return the last deliveries, newest first."""
        rows = self._database.execute(
            "SELECT seq, json_extract(body, '$.id') AS id, json_extract(body, '$.type') AS type, subscription, state,"
            " attempts, due, outcome FROM deliveries JOIN events USING (seq)"
            " WHERE (?1 IS NULL OR subscription = ?1) AND (?2 IS NULL OR state = ?2) ORDER BY seq DESC LIMIT ?3",
            (subscription, state, most),
        )
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def past(self, most: int) -> list[Change]:
        """Return the last events as `feed` got them, oldest first, with the current states of their deliveries."""
        rows = self._database.execute("SELECT seq, accepted, body FROM events ORDER BY seq DESC LIMIT ?", (most,))
        changes: list[Change] = []
        for seq, accepted, body in reversed(rows.fetchall()):
            event = json.loads(body)
            progress = self._database.execute(
                "SELECT subscription, state, attempts, due, outcome FROM deliveries WHERE seq = ?", (seq,)
            ).fetchall()
            changes.append(_event_change(seq, accepted, event, [row[0] for row in progress]))
            identifiers = {"kind": "delivery", "seq": seq, "id": event["id"], "type": event["type"]}
            names = ("subscription", "state", "attempts", "due", "outcome")
            changes += [{**identifiers, **dict(zip(names, row, strict=True))} for row in progress]
        return changes

    def _forget_delivered(self, before: float) -> None:
        self._database.execute(
            "DELETE FROM events WHERE accepted < ? AND NOT EXISTS"
            " (SELECT 1 FROM deliveries WHERE deliveries.seq = events.seq AND state != 'delivered')",
            (before,),
        )


def _event_change(seq: int, accepted: float, event: Mapping[str, Any], subscriptions: list[str]) -> Change:
    return {"kind": "event", "seq": seq, "accepted": accepted, "subscriptions": subscriptions, "event": event}
