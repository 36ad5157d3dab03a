"""Messages to instances. One whose turn comes within its own transaction never touches the file."""

from __future__ import annotations

from devhost.durable.history import Event
from devhost.durable.store import HubStore

Message = tuple[str | None, Event]
"""The execution that it is for, None for whichever is current, and the event."""


class Inbox:
    """Every method runs inside the hub's transaction; `flush` must be the last before its commit."""

    def __init__(self, store: HubStore) -> None:
        self._store = store
        self._stored = set(store.instances_with_messages())
        self._fresh: dict[str, list[Message]] = {}

    def put(self, instance_id: str, execution_id: str | None, event: Event) -> None:
        """Add a message."""
        self._fresh.setdefault(instance_id, []).append((execution_id, event))

    def take(self, instance_id: str) -> list[Message]:
        """Remove and return an instance's messages in the order of their arrival."""
        messages: list[Message] = []
        if instance_id in self._stored:
            messages = self._store.messages(instance_id)
            self._discard_stored(instance_id)
        return messages + self._fresh.pop(instance_id, [])

    def clear(self, instance_id: str) -> None:
        """Delete an instance's messages."""
        self._fresh.pop(instance_id, None)
        if instance_id in self._stored:
            self._discard_stored(instance_id)

    def flush(self) -> None:
        """Write what was put and not taken."""
        self._store.put_messages(
            (instance_id, execution_id, event)
            for instance_id, messages in self._fresh.items()
            for execution_id, event in messages
        )
        self._stored.update(self._fresh)
        self._fresh.clear()

    def _discard_stored(self, instance_id: str) -> None:
        self._store.delete_messages(instance_id)
        self._stored.remove(instance_id)
