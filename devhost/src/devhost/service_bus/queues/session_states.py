"""The states that applications keep with the sessions of one queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from devhost.service_bus.queues.journal import DeleteSessionState, Journal, PutSessionState


class SessionState(NamedTuple):
    content: bytes
    updated_at: float  # Unix seconds, host time


class SessionStates:
    def __init__(self, entity: int, journal: Journal, stored: Mapping[str, SessionState]) -> None:
        self._entity = entity
        self._journal = journal
        self._states = dict(stored)

    def get(self, session_id: str) -> bytes | None:
        state = self._states.get(session_id)
        return state.content if state else None

    def put(self, session_id: str, content: bytes | None, now: float) -> None:
        """Set the state of a session; None removes it."""
        if content is not None:
            self._states[session_id] = SessionState(content, now)
            self._journal.record(PutSessionState(self._entity, session_id, content, now))
        elif self._states.pop(session_id, None) is not None:
            self._journal.record(DeleteSessionState(self._entity, session_id))

    def updated_after(self, moment: float) -> list[str]:
        """Return the ids of the sessions whose state was set after `moment`."""
        return [session_id for session_id, state in self._states.items() if state.updated_at > moment]
