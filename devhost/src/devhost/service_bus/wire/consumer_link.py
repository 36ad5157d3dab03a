"""A client's receiver on a queue: it takes messages by its credit and settles them by the client's dispositions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from devhost.service_bus.amqp.performatives import (
    Accepted,
    Error,
    Flow,
    Modified,
    Rejected,
    Released,
    composite_from,
    encode_composite,
    error,
)
from devhost.service_bus.amqp.values import Described
from devhost.service_bus.errors import ServiceBusError
from devhost.service_bus.nodes.queue_node import QueueNode
from devhost.service_bus.nodes.turn import Turn
from devhost.service_bus.queues.message import Message
from devhost.service_bus.queues.queue_core import DESCRIPTION, REASON
from devhost.service_bus.wire.links import LinkSession, SendingLink

_DEAD_LETTER = "com.microsoft:dead-letter"
_ACCEPTED = encode_composite(Accepted())
_RELEASED = encode_composite(Released())
_REJECTED = b"\x00\x53\x25\x45"  # rejected without any field: SDKs treat even a null error in it as a failure


class SettlingSession(LinkSession, Protocol):
    def confirm_settlement(self, delivery_id: int, state: bytes) -> None: ...


class ConsumerLink(SendingLink):
    def __init__(self, session: SettlingSession, handle: int, node: QueueNode, turn: Turn, *, deletes: bool) -> None:
        super().__init__(session, handle)
        self._confirm = session.confirm_settlement
        self.deletes = deletes
        self._node = node
        self._turn = turn
        self._unsettled: dict[int, bytes] = {}  # delivery id: lock token

    @property
    def session_id(self) -> str | None:
        return None

    def opened(self) -> None:
        super().opened()
        self._node.add(self)

    def closed(self) -> None:
        """Stop receiving. Locks stay until they expire, because the client may settle over `$management`."""
        super().closed()
        self._node.remove(self)
        self._unsettled.clear()

    def wants_message(self) -> bool:
        return self.has_credit() and self._session.can_send()

    def reserve(self) -> None:
        self.use_credit()

    def deliver(self, message: Message) -> None:
        if message.lock_token is None:
            self.send(message.encode(), message.sequence.to_bytes(8), settled=True)
        else:
            delivery_id = self.send(message.encode(), message.lock_token, settled=False)
            self._unsettled[delivery_id] = message.lock_token

    def on_flow(self, flow: Flow) -> None:
        super().on_flow(flow._replace(drain=False))
        if flow.drain:
            self._turn.after_commit(self._drain)
        else:
            self._node.wake()

    def wake(self) -> None:
        """Continue sending: the connection can send again."""
        self._node.wake()

    def settle(self, first: int, last: int, state: object, *, confirm: bool) -> None:
        """Apply a disposition to the deliveries of this link that it covers, and confirm it once it is durable.

        The SDKs wait for the confirmation, which repeats the outcome. Raises DecodeError on a bad outcome.
        """
        if first == last:
            covered = [first] if first in self._unsettled else []
        else:
            covered = [delivery_id for delivery_id in self._unsettled if first <= delivery_id <= last]
        outcome = Released() if state is None else composite_from(state)
        for delivery_id in covered:
            token = self._unsettled.pop(delivery_id)
            try:
                result = self._apply(token, outcome)
            except ServiceBusError as problem:
                result = encode_composite(Rejected(error(problem.condition, str(problem))))
            if confirm:
                self._turn.after_commit(partial(self._confirm, delivery_id, result))

    def _apply(self, token: bytes, outcome: object) -> bytes:
        core = self._node.core
        match outcome:
            case Accepted():
                core.complete(token)
                return _ACCEPTED
            case Released():
                core.release(token)
                return _RELEASED
            case Modified(undeliverable_here=True, message_annotations=properties):
                core.defer(token, _properties(properties))
                return encode_composite(Modified(True, True))
            case Modified(message_annotations=properties):
                # An abandon, even without delivery-failed, which the JavaScript SDK leaves out.
                core.abandon(token, _properties(properties))
                return encode_composite(Modified(True, False))
            case Rejected(error=problem):
                core.dead_letter(token, _dead_letter_properties(problem))
                return _REJECTED
            case _:
                raise ServiceBusError(f"{type(outcome).__name__} is no outcome of a delivery.")

    def _drain(self) -> None:
        self._node.dispatch()
        self._turn.after_commit(self.use_up_credit)


def _properties(value: object) -> dict[str, Any]:
    """Return the properties to modify as plain application properties, without those that have no such form."""
    if not isinstance(value, Mapping):
        return {}
    return {str(key): item for key, item in value.items() if not isinstance(item, Described | list | dict)}


def _dead_letter_properties(problem: object) -> dict[str, Any]:
    """Return reason and description from the error's info, as SDKs send them, else from the error itself."""
    if problem is None:
        return {}
    failure: Error = composite_from(problem)
    properties = _properties(failure.info)
    if REASON not in properties and failure.condition != _DEAD_LETTER:
        properties[REASON] = str(failure.condition)
    if DESCRIPTION not in properties and failure.description is not None:
        properties[DESCRIPTION] = failure.description
    return {key: item for key, item in properties.items() if item is not None}
