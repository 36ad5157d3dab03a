"""The Service Bus broker: AMQP 1.0 for any client on 127.0.0.1, and the same entities for the host's own listeners."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from devhost.clock import Clock
from devhost.listening import LOOPBACK, listening_socket
from devhost.ports import OutgoingMessage
from devhost.service_bus.amqp.values import AmqpError
from devhost.service_bus.errors import BrokerStoppedError, EntityNotFoundError, NotAllowedError
from devhost.service_bus.local.messages import outgoing_content
from devhost.service_bus.local.receiver import LocalReceiver
from devhost.service_bus.local.sessions import LocalSessions
from devhost.service_bus.nodes.namespace import EntityNode, Namespace
from devhost.service_bus.nodes.queue_node import QueueNode
from devhost.service_bus.nodes.session_queue_node import SessionQueueNode
from devhost.service_bus.nodes.store import Store
from devhost.service_bus.nodes.turn import Turn
from devhost.service_bus.queues.entities import EntityConfig
from devhost.service_bus.queues.journal import Journal
from devhost.service_bus.wire.attachment import Attachments
from devhost.service_bus.wire.cbs import Claims
from devhost.service_bus.wire.connection import Connection
from devhost.service_bus.wire.sas import POLICY


class ServiceBusBroker:
    """The broker (`ports.Service`, `ports.MessageBroker`). Create and use it on one event loop.

    Nothing is acknowledged, delivered or returned before it is committed. If a commit fails, the broker stops: it
    disconnects clients, its methods raise BrokerStoppedError, and `in_flight` returns the reason.
    """

    def __init__(
        self, config: EntityConfig, database: Path, clock: Clock, key: str, *, listener: socket.socket | None = None
    ) -> None:
        """Prepare a broker. `key` signs all tokens; `database` is created if missing.

        `listener` is a listening socket, which `stop` closes; without it, the broker listens on any free port.
        """
        self.host = LOOPBACK
        self._listener = listener
        self._config = config
        self._database = database
        self._clock = clock
        self._key = key
        self._port = 0
        self._running: _Running | None = None

    @property
    def port(self) -> int:
        """The port on which it listens once started."""
        return self._port

    @property
    def connection_string(self) -> str:
        """The connection string for Azure SDKs, once started. Contains the key."""
        return (
            f"Endpoint=sb://{self.host}:{self._port};SharedAccessKeyName={POLICY};"
            f"SharedAccessKey={self._key};UseDevelopmentEmulator=true;"
        )

    @property
    def failure(self) -> str | None:
        """The reason why it stopped by itself, None if it did not."""
        return self._running.turn.stopped if self._running else None

    async def start(self) -> None:
        """Open the database and listen. Raises StoreError if the database, OSError if the socket cannot be used."""
        store = Store(self._database)
        journal = Journal()
        turn = Turn(journal, store.commit)
        namespace = Namespace(self._config, store, turn, journal, self._clock)
        connections: set[Connection] = set()

        def connect() -> Connection:
            attachments = Attachments(namespace, turn, Claims(self._key, time.time))
            return Connection(turn, attachments.open, connections)

        try:
            server = await asyncio.get_running_loop().create_server(connect, sock=self._listener or listening_socket(0))
        except OSError:
            store.close()
            raise
        self._port = server.sockets[0].getsockname()[1]
        self._running = _Running(store, turn, namespace, server, connections)
        turn.on_stop(self._running.hang_up)
        turn.request()

    async def stop(self) -> None:
        """Disconnect clients and close the database. Locked messages are available again after the next start."""
        running, self._running = self._running, None
        if running:
            running.turn.stop("The Service Bus broker was stopped.")
            await running.server.wait_closed()
            running.store.close()

    def add(self, entities: EntityConfig) -> None:
        """Add entities to those of the configuration, with the messages that they had in an earlier run."""
        self._require_running().namespace.add(entities)

    def in_flight(self) -> str | None:
        if self._running is None:
            return None
        busy = self._running.turn.in_flight()
        return self.failure or ("Service Bus messages are being committed" if busy else None)

    def receiver(self, path: str) -> LocalReceiver:
        """Return a receiver of `queue`, `topic/Subscriptions/name` or either with `/$DeadLetterQueue`.

        Raises KeyError if the path is unknown, NotAllowedError if the entity requires sessions.
        """
        running = self._require_running()
        node = running.find_queue(path)
        if isinstance(node, SessionQueueNode):
            raise NotAllowedError(f"{path} requires sessions.")
        return LocalReceiver(node, running.turn)

    def sessions(self, path: str) -> LocalSessions:
        """Return the sessions at a path as of `receiver`. Raises NotAllowedError if the entity has no sessions."""
        running = self._require_running()
        node = running.find_queue(path)
        if not isinstance(node, SessionQueueNode):
            raise NotAllowedError(f"{path} has no sessions.")
        return LocalSessions(node, running.turn)

    async def send(self, entity: str, messages: Collection[OutgoingMessage]) -> None:
        """Send messages; durable on return.

        Raises KeyError if the entity is unknown, NotAllowedError if messages cannot be sent to it.
        """
        running = self._require_running()
        node = running.find(entity)
        node.check_accepts()
        running.turn.check_running()
        node.publish([outgoing_content(message) for message in messages])
        await running.turn.wait_for_commit()

    def _require_running(self) -> _Running:
        if self._running is None:
            raise BrokerStoppedError("The Service Bus broker is not running.")
        return self._running


@dataclass(frozen=True, slots=True)
class _Running:
    """The parts that exist from start to stop."""

    store: Store
    turn: Turn
    namespace: Namespace
    server: asyncio.Server
    connections: set[Connection]

    def find(self, path: str) -> EntityNode:
        try:
            return self.namespace.find(path)
        except EntityNotFoundError as error:
            raise KeyError(f"there is no queue, topic or subscription {path}") from error

    def find_queue(self, path: str) -> QueueNode:
        node = self.find(path)
        if not isinstance(node, QueueNode):
            raise KeyError(f"{path} is a topic; receive from one of its subscriptions")
        return node

    def hang_up(self, _: BrokerStoppedError) -> None:
        self.server.close()
        for connection in list(self.connections):
            connection.close(AmqpError("amqp:connection:forced", "The broker is stopping."))
        for node in self.namespace.nodes():
            node.rest()
