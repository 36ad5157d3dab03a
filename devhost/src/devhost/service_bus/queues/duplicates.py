"""Duplicate detection: the message ids that one queue or topic has accepted recently."""

from __future__ import annotations

from devhost.service_bus.queues.journal import ForgetIds, Journal, RememberId


class DuplicateHistory:
    """Ids in the order of acceptance, which is also the order in which they expire."""

    def __init__(self, entity: int, window: float, journal: Journal, remembered: dict[str, float]) -> None:
        """Begin with `remembered`: the Unix time until which each id counts, soonest first. `window` is in seconds."""
        self._entity = entity
        self._window = window
        self._journal = journal
        self._until = remembered

    def is_duplicate(self, message_id: str | None, now: float) -> bool:
        """Return whether the id was accepted within the window; if not, remember it. Always False without an id."""
        self._forget(now)
        if message_id is None:
            return False
        if message_id in self._until:
            return True
        until = now + self._window
        self._until[message_id] = until
        self._journal.record(RememberId(self._entity, message_id, until))
        return False

    def _forget(self, now: float) -> None:
        forgotten = 0
        while self._until:
            message_id = next(iter(self._until))
            if self._until[message_id] > now:
                break
            del self._until[message_id]
            forgotten += 1
        if forgotten:
            self._journal.record(ForgetIds(self._entity, now))
