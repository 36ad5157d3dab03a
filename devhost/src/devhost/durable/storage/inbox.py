"""Messages to instances, all in memory. A message that is taken within its own transaction is never written."""

from __future__ import annotations

from devhost.durable.engine.history import Event
from devhost.durable.storage.store import HubStore

Message = tuple[str | None, Event]
"""The execution that it is for (None if it is for the current one) and the event."""


class Inbox:
    """The messages of all instances. Each method must run inside the hub's transaction, `flush` last."""

    def __init__(self, store: HubStore) -> None:
        self._store = store
        self._stored: dict[str, list[Message]] = {}
        self._fresh: dict[str, list[Message]] = {}
        for instance_id, execution_id, event in store.messages():
            self._stored.setdefault(instance_id, []).append((execution_id, event))

    def instances(self) -> list[str]:
        """Return the ids of the instances with messages in the file, in the order of their first messages."""
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
        """Write the messages that were put and not taken."""
        for instance_id, messages in self._fresh.items():
            self._store.put_messages(instance_id, messages)
            self._stored.setdefault(instance_id, []).extend(messages)
        self._fresh.clear()
