"""A client's receiver on a session. It opens once a session is accepted and closes when the lock is lost."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple, Protocol

from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.performatives import Attach
from devhost.service_bus.amqp.spans import list_items, skip
from devhost.service_bus.amqp.values import Described
from devhost.service_bus.errors import InvalidRequestError, ServiceBusError, SessionLockLostError, SessionTimeoutError
from devhost.service_bus.nodes.session_queue_node import SessionQueueNode
from devhost.service_bus.nodes.turn import Turn
from devhost.service_bus.queues.session_locks import SessionLock
from devhost.service_bus.wire.consumer_link import ConsumerLink, SettlingSession

_SESSION_FILTER = "com.microsoft:session-filter"
_TIMEOUT = "com.microsoft:timeout"  # a link property: milliseconds to wait for a session
_LOCKED_UNTIL = "com.microsoft:locked-until-utc"
_DEFAULT_TIMEOUT = 60.0  # seconds
_UNIX_EPOCH_TICKS, _TICKS = 621_355_968_000_000_000, 10_000_000  # .NET's DateTime: 100 ns since the year 1
_SOURCE, _FILTER = 0x28, 7


class SessionRequest(NamedTuple):
    """The session that a client wants: its id, or None for the next one; and how many seconds the client waits."""

    session_id: str | None
    timeout: float

    @classmethod
    def of(cls, filters: object, properties: object) -> SessionRequest | None:
        """Read it from a source's filters and the link's properties. None if no session is wanted.

        Raises InvalidRequestError.
        """
        if not isinstance(filters, dict) or _SESSION_FILTER not in filters:
            return None
        wanted = filters[_SESSION_FILTER]
        if isinstance(wanted, Described):
            wanted = wanted.value
        if not isinstance(wanted, str | None):
            raise InvalidRequestError(f"{_SESSION_FILTER} must be a session id, or null for the next session.")
        timeout = properties.get(_TIMEOUT) if isinstance(properties, dict) else None
        return cls(wanted, timeout / 1000 if isinstance(timeout, int) and timeout > 0 else _DEFAULT_TIMEOUT)


class OpeningSession(SettlingSession, Protocol):
    """The AMQP session as a session link uses it."""

    def close_link(self, handle: int, problem: ServiceBusError) -> None: ...


class SessionLink(ConsumerLink):
    def __init__(
        self,
        session: OpeningSession,
        handle: int,
        node: SessionQueueNode,
        turn: Turn,
        request: SessionRequest,
        *,
        deletes: bool,
        holder: object,
    ) -> None:
        """Make the link of a request. `holder`, the client's connection, may renew the session."""
        super().__init__(session, handle, node, turn, deletes=deletes)
        self.holder = holder
        self._opening = session
        self._sessions = node
        self._request = request
        self._lock: SessionLock | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def session_id(self) -> str | None:
        return self._lock.session_id if self._lock else None

    def opened(self) -> None:
        """Apply for the session. The attach is confirmed once there is one."""
        if self._request.session_id is not None:
            try:
                self._sessions.apply(self, self._request.session_id)
            except ServiceBusError as problem:
                self._opening.close_link(self.handle, problem)
            return
        self._timer = asyncio.get_running_loop().call_later(self._request.timeout, self._timed_out)
        self._sessions.apply_for_next(self)

    def accepted(self, lock: SessionLock) -> None:
        self._stop_waiting()
        self._lock = lock
        self._session.confirm_attach(self.handle, lambda reply: _with_session(reply, lock))
        self._node.add(self)

    def lost(self) -> None:
        problem = SessionLockLostError(f"The lock on session '{self.session_id}' has expired.")
        self._lock = None
        self._node.remove(self)
        self._turn.after_commit(lambda: self._opening.close_link(self.handle, problem))

    def closed(self) -> None:
        """Give the session up, and with it all that was delivered and not settled."""
        self._stop_waiting()
        super().closed()
        if self._lock is not None:
            self._sessions.release(self._lock)
            self._lock = None

    def _timed_out(self) -> None:
        self._stop_waiting()
        problem = SessionTimeoutError("No session with messages became available in time.")
        self._opening.close_link(self.handle, problem)

    def _stop_waiting(self) -> None:
        self._sessions.withdraw(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _with_session(reply: Attach, lock: SessionLock) -> Attach:
    """Return the reply that SDKs expect: their source, with the id of the session in its filter."""
    source: Any = reply.source
    fields = list_items(source, skip(source, 1))
    fields += [encode.NULL] * (_FILTER + 1 - len(fields))
    fields[_FILTER] = encode.map_of([(encode.symbol(_SESSION_FILTER), encode.string(lock.session_id))])
    ticks = int(lock.locked_until * _TICKS) + _UNIX_EPOCH_TICKS
    properties = encode.map_of([(encode.symbol(_LOCKED_UNTIL), encode.long(ticks))])
    return reply._replace(source=encode.described(_SOURCE, encode.list_of(fields)), properties=properties)
