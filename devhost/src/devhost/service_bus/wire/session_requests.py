"""The additional requests to the `$management` node of an entity with sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from devhost.service_bus.amqp import encode
from devhost.service_bus.errors import InvalidRequestError
from devhost.service_bus.queues.session_queue_core import SessionQueueCore
from devhost.service_bus.wire.requests import NO_CONTENT, OK, Answer, done, field, one_entry

_ALL_SESSIONS = 253_402_300_800_000  # milliseconds: the year 10000, with which SDKs request the sessions with messages
_MOST = 1000  # session ids in one answer

Operation = Callable[[dict[Any, Any]], Callable[[], Answer]]


class SessionRequests:
    def __init__(self, core: SessionQueueCore, holder: object) -> None:
        """Answer for `core`. `holder` is the client's connection: it may manage the sessions that it has accepted."""
        self._core = core
        self._holder = holder

    def operations(self) -> dict[str, Operation]:
        return {
            "renew-session-lock": self._renew,
            "get-session-state": self._get_state,
            "set-session-state": self._set_state,
            "get-message-sessions": self._list,
        }

    def check_held(self, body: dict[Any, Any]) -> None:
        """Raise SessionLockLostError unless the client holds the session named in the request."""
        self._core.check_session(field(body, "session-id", str), self._holder)

    def _renew(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        end = self._core.renew_session(field(body, "session-id", str), self._holder)
        return lambda: (OK, one_entry("expiration", encode.timestamp(int(end * 1000))))

    def _get_state(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        state = self._core.session_state(field(body, "session-id", str), self._holder)
        return lambda: (OK, one_entry("session-state", encode.binary(state)))

    def _set_state(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        state = body.get("session-state")
        if not isinstance(state, bytes | None):
            raise InvalidRequestError("The request needs 'session-state' as bytes or null.")
        self._core.set_session_state(field(body, "session-id", str), self._holder, state)
        return done

    def _list(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        updated, skip, top = (field(body, name, int) for name in ("last-updated-time", "skip", "top"))
        if skip < 0 or top < 0:
            raise InvalidRequestError("'skip' and 'top' must not be negative.")

        def answer() -> Answer:
            if updated >= _ALL_SESSIONS:
                ids = self._core.session_ids()
            else:
                ids = self._core.session_ids_updated_after(updated / 1000)
            page = ids[skip : skip + min(top, _MOST)]
            if not page:
                return NO_CONTENT
            names = encode.list_of([encode.string(session_id) for session_id in page])
            pairs = {"skip": encode.int32(skip + len(page)), "sessions-ids": names}
            return OK, encode.map_of((encode.string(name), value) for name, value in pairs.items())

        return answer
