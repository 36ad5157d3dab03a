"""Publish what clients send to an entity: parse, enqueue, and acknowledge it once it is durable."""

from __future__ import annotations

from collections.abc import Callable

from devhost.service_bus.amqp.performatives import Accepted, Rejected, encode_composite, error
from devhost.service_bus.amqp.values import DecodeError
from devhost.service_bus.errors import ServiceBusError
from devhost.service_bus.nodes.namespace import EntityNode
from devhost.service_bus.nodes.turn import Turn
from devhost.service_bus.queues.message_content import parse, parse_batch
from devhost.service_bus.wire.links import Delivery

BATCH_FORMAT = 0x80013700  # message-format of a transfer that holds many messages, set by all Azure SDKs
_ACCEPTED = encode_composite(Accepted())


class Publisher:
    def __init__(self, node: EntityNode, turn: Turn, acknowledge: Callable[[int, bytes], None]) -> None:
        """Publish to `node`. `acknowledge` takes a delivery id and the encoded outcome."""
        self._node = node
        self._turn = turn
        self._acknowledge = acknowledge

    def publish(self, delivery: Delivery) -> None:
        """Publish all messages of a delivery, or nothing."""
        outcome = _ACCEPTED
        try:
            batch = delivery.message_format == BATCH_FORMAT
            self._node.publish(parse_batch(delivery.payload) if batch else [parse(delivery.payload)])
        except DecodeError as problem:
            outcome = encode_composite(Rejected(error(problem.condition, problem.description)))
        except ServiceBusError as problem:
            outcome = encode_composite(Rejected(error(problem.condition, str(problem))))
        if not delivery.settled:
            self._turn.after_commit(lambda: self._acknowledge(delivery.delivery_id, outcome))
