"""Messages to instances, all in memory. One whose turn comes within its own transaction never touches the file."""

from __future__ import annotations

from devhost.durable.engine.history import Event
from devhost.durable.storage.store import HubStore

Message = tuple[str | None, Event]
"""The execution that it is for, None for whichever is current, and the event."""


class Inbox:
    """Every method runs inside the hub's transaction; `flush` must be the last before its commit."""

    def __init__(self, store: HubStore) -> None:
        self._store = store
        self._stored: dict[str, list[Message]] = {}
        self._fresh: dict[str, list[Message]] = {}
        for instance_id, execution_id, event in store.messages():
            self._stored.setdefault(instance_id, []).append((execution_id, event))

    def instances(self) -> list[str]:
        """Whose messages were found in the file, in the order of their first ones."""
        return list(self._stored)

    def put(self, instance_id: str, execution_id: str | None, event: Event) -> None:
        """Add a message."""
        self._fresh.setdefault(instance_id, []).append((execution_id, event))

    def take(self, instance_id: str) -> list[Message]:
        """Remove and return an instance's messages in the order of their arrival."""
        stored = self._stored.pop(instance_id, [])
        if stored:
            self._store.delete_messages(instance_id)
        return stored + self._fresh.pop(instance_id, [])

    def flush(self) -> None:
        """Write what was put and not taken."""
        for instance_id, messages in self._fresh.items():
            self._store.put_messages(instance_id, messages)
            self._stored.setdefault(instance_id, []).extend(messages)
        self._fresh.clear()
