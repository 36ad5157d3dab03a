"""An AMQP session: links by handle, transfer windows, delivery ids. Frames for links that are gone are ignored."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.performatives import (
    Attach,
    Begin,
    Detach,
    Disposition,
    End,
    Flow,
    Transfer,
    encode_composite,
    error,
)
from devhost.service_bus.amqp.spans import list_items, skip
from devhost.service_bus.amqp.values import AmqpError
from devhost.service_bus.errors import ServiceBusError
from devhost.service_bus.wire.consumer_link import ConsumerLink
from devhost.service_bus.wire.links import MAX_MESSAGE_SIZE, ReceivingLink, SendingLink

MAX_LINKS = 256  # per session
_WINDOW = 0x7FFFFFFF  # transfers that clients may send at any time; credit is what limits them
# The Python SDK ignores a disposition's role, so our ids must differ from its own.
_FIRST_ID = 0x40000000
_UINT = 0xFFFFFFFF
_SOURCE, _TARGET = 5, 6  # positions in an attach

Link = ReceivingLink | SendingLink


class FrameWriter(Protocol):
    """The connection as a session uses it."""

    @property
    def peer_max_frame_size(self) -> int: ...

    @property
    def paused(self) -> bool: ...

    def write_frame(self, channel: int, body: bytes) -> None: ...


class Session:
    def __init__(
        self, channel: int, begin: Begin, connection: FrameWriter, open_link: Callable[[Attach, Session], Link]
    ) -> None:
        """Begin a session. `open_link` makes the link for an attach, or raises ServiceBusError."""
        self._channel = channel
        self._connection = connection
        self._open_link = open_link
        self._links: dict[int, Link] = {}
        self._unconfirmed: dict[int, Attach] = {}  # pending answers to attaches, by handle
        self._next_incoming_id = begin.next_outgoing_id
        self._next_outgoing_id = _FIRST_ID
        self._next_delivery_id = _FIRST_ID
        self._client_window = begin.incoming_window
        self._blocked: deque[bytes] = deque()  # transfers that do not fit into the client's window
        self._send(Begin(channel, _FIRST_ID, _WINDOW, _WINDOW, MAX_LINKS - 1))

    def handle(self, performative: Any, body: bytes, payload_start: int) -> None:
        """Handle a frame from the client. Raises AmqpError if the connection cannot continue."""
        match performative:
            case Transfer():
                self._on_transfer(performative, body[payload_start:])
            case Disposition():
                self._on_disposition(performative)
            case Flow():
                self._on_flow(performative)
            case Attach():
                self._on_attach(performative, body)
            case Detach():
                self._on_detach(performative)
            case _:
                raise AmqpError("amqp:not-allowed", f"{type(performative).__name__} does not belong in a session")

    def close(self) -> None:
        """Close all links: the client has ended the session or is gone."""
        for link in self._links.values():
            link.closed()
        self._links.clear()
        self._unconfirmed.clear()

    def end(self) -> None:
        self.close()
        self._send(End())

    def resume(self) -> None:
        """Continue sending: the connection can send again."""
        for link in self._links.values():
            if isinstance(link, ConsumerLink):
                link.wake()

    def links(self) -> list[Link]:
        return list(self._links.values())

    # For links

    def can_send(self) -> bool:
        return self._client_window > 0 and not self._blocked and not self._connection.paused

    def send_flow(self, handle: int, delivery_count: int, credit: int, *, drain: bool = False) -> None:
        self._send(
            Flow(
                self._next_incoming_id,
                _WINDOW,
                self._next_outgoing_id,
                _WINDOW,
                handle,
                delivery_count,
                credit,
                drain=drain,
            )
        )

    def send_transfer(self, transfer: Transfer, payload: bytes) -> int:
        delivery_id = self._next_delivery_id
        self._next_delivery_id = (delivery_id + 1) & _UINT
        last = encode_composite(transfer._replace(delivery_id=delivery_id, more=False))
        room = self._connection.peer_max_frame_size - 8 - len(last)
        if len(payload) > room:
            head = encode_composite(transfer._replace(delivery_id=delivery_id, more=True))
            cut = len(payload) - (len(payload) % room or room)
            for start in range(0, cut, room):
                self._emit(head + payload[start : start + room])
            payload = payload[cut:]
        self._emit(last + payload)
        return delivery_id

    def confirm_attach(self, handle: int, change: Callable[[Attach], Attach] | None = None) -> None:
        reply = self._unconfirmed.pop(handle)
        self._send(change(reply) if change else reply)

    def close_link(self, handle: int, problem: ServiceBusError) -> None:
        """End a link from the broker's side, or refuse one that is not open yet."""
        link = self._links.pop(handle, None)
        if link is not None:
            link.closed()
            self._send_detach(handle, problem)

    def acknowledge(self, delivery_id: int, state: bytes) -> None:
        """Send the client the outcome of a delivery that it sent."""
        self._send(Disposition(True, delivery_id, delivery_id, True, state))

    def confirm_settlement(self, delivery_id: int, state: bytes) -> None:
        """Send the client the outcome of a delivery that it received and settled."""
        self._send(Disposition(False, delivery_id, delivery_id, True, state))

    # From the client

    def _on_attach(self, attach: Attach, body: bytes) -> None:
        if attach.handle in self._links:
            raise AmqpError("amqp:session:handle-in-use", f"handle {attach.handle} is attached already")
        if len(self._links) >= MAX_LINKS:
            raise AmqpError("amqp:resource-limit-exceeded", f"more than {MAX_LINKS} links in a session")
        items = list_items(body, skip(body, 1)) + [encode.NULL] * _TARGET
        reply = Attach(
            attach.name,
            attach.handle,
            not attach.role,
            attach.snd_settle_mode,
            attach.rcv_settle_mode,
            source=items[_SOURCE],  # as sent, filters and all
            target=items[_TARGET],
            initial_delivery_count=0 if attach.role else None,
            max_message_size=MAX_MESSAGE_SIZE,
        )
        self._unconfirmed[attach.handle] = reply
        try:
            link = self._links[attach.handle] = self._open_link(attach, self)
        except ServiceBusError as problem:
            self._send_detach(attach.handle, problem)
            return
        link.opened()

    def _on_detach(self, detach: Detach) -> None:
        link = self._links.pop(detach.handle, None)
        if link is not None:
            link.closed()
            self._send_detach(detach.handle, None, closed=bool(detach.closed))

    def _on_flow(self, flow: Flow) -> None:
        could_send = self.can_send()
        seen = _FIRST_ID if flow.next_incoming_id is None else flow.next_incoming_id
        self._client_window = seen + flow.incoming_window - self._next_outgoing_id
        while self._blocked and self._client_window > 0:
            self._transmit(self._blocked.popleft())
        if not could_send and self.can_send():
            self.resume()
        link = None if flow.handle is None else self._links.get(flow.handle)
        if link is not None:
            link.on_flow(flow)

    def _on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        self._next_incoming_id = (self._next_incoming_id + 1) & _UINT
        link = self._links.get(transfer.handle)
        if not isinstance(link, ReceivingLink):
            return
        try:
            link.on_transfer(transfer, payload)
        except ServiceBusError as problem:
            self.close_link(transfer.handle, problem)

    def _on_disposition(self, disposition: Disposition) -> None:
        if not disposition.role or (disposition.state is None and not disposition.settled):
            return
        last = disposition.first if disposition.last is None else disposition.last
        for link in self._links.values():
            if isinstance(link, ConsumerLink):
                link.settle(disposition.first, last, disposition.state, confirm=not disposition.settled)

    # To the client

    def _send(self, performative: Any) -> None:
        self._connection.write_frame(self._channel, encode_composite(performative))

    def _send_detach(self, handle: int, problem: ServiceBusError | None, *, closed: bool = True) -> None:
        refused = self._unconfirmed.pop(handle, None)
        if refused is not None:
            self._send(refused._replace(source=None, target=None))  # a refusal, explained by the detach that follows
        self._send(Detach(handle, closed, problem and error(problem.condition, str(problem))))

    def _emit(self, transfer: bytes) -> None:
        if self._client_window > 0:
            self._transmit(transfer)
        else:
            self._blocked.append(transfer)

    def _transmit(self, transfer: bytes) -> None:
        self._client_window -= 1
        self._next_outgoing_id = (self._next_outgoing_id + 1) & _UINT
        self._connection.write_frame(self._channel, transfer)
