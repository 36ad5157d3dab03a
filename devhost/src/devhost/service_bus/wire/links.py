"""AMQP links: credit, and deliveries split into and joined from transfers, whatever they contain."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from devhost.service_bus.amqp.performatives import Attach, Flow, Rejected, Transfer, encode_composite, error
from devhost.service_bus.errors import MessageTooLargeError

MAX_MESSAGE_SIZE = 1 << 20  # bytes; the Python SDK needs this value for 1 MiB batches
_UINT = 0xFFFFFFFF


class Delivery(NamedTuple):
    """A whole message from a client."""

    delivery_id: int
    message_format: int
    settled: bool
    payload: bytes


class LinkSession(Protocol):
    """The session as its links use it."""

    def send_flow(self, handle: int, delivery_count: int, credit: int, *, drain: bool = False) -> None: ...

    def send_transfer(self, transfer: Transfer, payload: bytes) -> int:
        """Send a delivery in as many frames as necessary and return its id."""
        ...

    def confirm_attach(self, handle: int, change: Callable[[Attach], Attach] | None = None) -> None:
        """Confirm the attach of a link; `change` is applied to the answer."""
        ...

    def acknowledge(self, delivery_id: int, state: bytes) -> None: ...

    def can_send(self) -> bool: ...


class ReceivingLink:
    """A link on which a client sends: entities, `$cbs` and `$management` requests."""

    def __init__(self, session: LinkSession, handle: int, window: int, on_delivery: Callable[[Delivery], None]) -> None:
        self.handle = handle
        self._session = session
        self._window = window
        self._on_delivery = on_delivery
        self._credit = 0
        self._delivery_count = 0
        self._first: Transfer | None = None
        self._payload = bytearray()

    def opened(self) -> None:
        """Confirm the attach and grant credit."""
        self._session.confirm_attach(self.handle)
        self._grant()

    def closed(self) -> None:
        self._payload.clear()

    def on_flow(self, flow: Flow) -> None:
        """Ignore the flow of a sending client."""

    def on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        """Take one frame of a delivery. Raises MessageTooLargeError, for which the link must be closed."""
        if transfer.aborted:
            self._first = None
            self._payload.clear()
            return
        first = self._first = self._first or transfer
        if len(self._payload) + len(payload) > MAX_MESSAGE_SIZE:
            problem = MessageTooLargeError(
                f"The received message is larger than the limit of {MAX_MESSAGE_SIZE} bytes."
            )
            # The Python SDK reads the reason from the outcome, others from the link's detach.
            rejected = Rejected(error(problem.condition, str(problem)))
            self._session.acknowledge(first.delivery_id or 0, encode_composite(rejected))
            raise problem
        if transfer.more or self._payload:
            self._payload += payload
            if transfer.more:
                return
            payload = bytes(self._payload)
            self._payload.clear()
        self._first = None
        self._delivery_count = (self._delivery_count + 1) & _UINT
        self._credit -= 1
        if self._credit <= self._window // 2:
            self._grant()
        settled = bool(first.settled or transfer.settled)
        self._on_delivery(Delivery(first.delivery_id or 0, first.message_format or 0, settled, payload))

    def _grant(self) -> None:
        self._credit = self._window
        self._session.send_flow(self.handle, self._delivery_count, self._credit)


class SendingLink:
    """A link on which a client receives."""

    def __init__(self, session: LinkSession, handle: int) -> None:
        self.handle = handle
        self._session = session
        self._credit = 0
        self._delivery_count = 0

    def opened(self) -> None:
        """Confirm the attach. The client then sends its credit."""
        self._session.confirm_attach(self.handle)

    def closed(self) -> None:
        self._credit = 0

    def has_credit(self) -> bool:
        return self._credit > 0

    def use_credit(self) -> None:
        self._credit -= 1
        self._delivery_count = (self._delivery_count + 1) & _UINT

    def on_flow(self, flow: Flow) -> None:
        limit = (flow.delivery_count or 0) + (flow.link_credit or 0)
        credit = (limit - self._delivery_count) & _UINT
        self._credit = credit if credit < 1 << 31 else 0  # a limit below what has been sent already
        if flow.drain:
            self.use_up_credit()

    def use_up_credit(self) -> None:
        """Use up the credit for which there is no message, and send the new flow state."""
        self._delivery_count = (self._delivery_count + self._credit) & _UINT
        self._credit = 0
        self._session.send_flow(self.handle, self._delivery_count, 0, drain=True)

    def send(self, payload: bytes, tag: bytes, *, settled: bool) -> int:
        """Send one delivery against credit and return its id."""
        transfer = Transfer(self.handle, delivery_tag=tag, message_format=0, settled=settled)
        return self._session.send_transfer(transfer, payload)
