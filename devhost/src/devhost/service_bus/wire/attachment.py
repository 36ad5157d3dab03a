"""Open the links that clients attach: to send to or receive from an entity, or to `$cbs` or `$management`."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from devhost.service_bus.amqp.performatives import Accepted, Attach, Flow, encode_composite
from devhost.service_bus.amqp.values import Described
from devhost.service_bus.errors import InvalidRequestError, NotAllowedError, UnsupportedError
from devhost.service_bus.nodes.namespace import Namespace
from devhost.service_bus.nodes.session_queue_node import SessionQueueNode
from devhost.service_bus.nodes.topic_node import TopicNode
from devhost.service_bus.nodes.turn import Turn
from devhost.service_bus.wire.amqp_session import Link, Session
from devhost.service_bus.wire.cbs import Claims
from devhost.service_bus.wire.consumer_link import ConsumerLink
from devhost.service_bus.wire.links import Delivery, LinkSession, ReceivingLink, SendingLink
from devhost.service_bus.wire.management import ManagementNode
from devhost.service_bus.wire.publisher import Publisher
from devhost.service_bus.wire.requests import Request, parse_request
from devhost.service_bus.wire.session_link import SessionLink, SessionRequest

_log = logging.getLogger(__name__)

_CBS = "$cbs"
_MANAGEMENT = "/$management"
_SOURCE_DESCRIPTORS = (0x28, "amqp:source:list")
_TARGET_DESCRIPTORS = (0x29, "amqp:target:list")
_ADDRESS, _FILTER = 0, 7  # positions in a source; also in a target the address is the first field
_PRESETTLED = 1  # snd-settle-mode of receive-and-delete
_SENDER_CREDIT, _REQUEST_CREDIT = 1000, 100
_MAX_PENDING_RESPONSES = 1000
_ACCEPTED = encode_composite(Accepted())


class Attachments:
    """The links of one connection."""

    def __init__(self, namespace: Namespace, turn: Turn, claims: Claims) -> None:
        self._namespace = namespace
        self._turn = turn
        self._claims = claims

    def open(self, attach: Attach, session: Session) -> Link:
        """Open the link of an attach. Raises ServiceBusError if it is refused."""
        source, target = _fields(attach.source, _SOURCE_DESCRIPTORS), _fields(attach.target, _TARGET_DESCRIPTORS)
        address = (source if attach.role else target)[_ADDRESS]
        if not isinstance(address, str):
            raise InvalidRequestError("The link has no address of an entity.")
        if address == _CBS or address.casefold().endswith(_MANAGEMENT):
            if attach.role:
                return ResponseLink(session, attach.handle, address, target[_ADDRESS])
            return self._request_link(attach.handle, address, session)
        self._claims.check(address)
        if attach.role:
            return self._consumer(attach, source, address, session)
        node = self._namespace.find(address)
        node.check_accepts()
        publisher = Publisher(node, self._turn, session.acknowledge)
        return ReceivingLink(session, attach.handle, _SENDER_CREDIT, publisher.publish)

    def _consumer(self, attach: Attach, source: list[object], address: str, session: Session) -> ConsumerLink:
        node = self._namespace.find(address)
        if isinstance(node, TopicNode):
            raise NotAllowedError(f"'{node.path}' is a topic; receive from one of its subscriptions.")
        deletes = attach.snd_settle_mode == _PRESETTLED
        request = SessionRequest.of(source[_FILTER], attach.properties)
        if isinstance(node, SessionQueueNode):
            if request is None:
                raise NotAllowedError(f"'{node.path}' requires sessions; open a receiver for a session.")
            return SessionLink(session, attach.handle, node, self._turn, request, deletes=deletes, holder=self)
        if request is not None:
            raise NotAllowedError(f"'{node.path}' has no sessions; open a receiver without one.")
        return ConsumerLink(session, attach.handle, node, self._turn, deletes=deletes)

    def _request_link(self, handle: int, address: str, session: Session) -> ReceivingLink:
        if address == _CBS:
            answer = self._answer_claims
        else:
            self._claims.check(
                address
            )  # the token may be for the entity or for its node, as the JavaScript SDK does it
            node = self._namespace.find(address[: -len(_MANAGEMENT)])
            answer = ManagementNode(node, holder=self).answer
        requests = RequestHandler(address, session, self._turn, answer)
        return ReceivingLink(session, handle, _REQUEST_CREDIT, requests.handle)

    def _answer_claims(self, request: Request) -> Callable[[], bytes]:
        response = self._claims.answer(request)
        return lambda: response


class ResponseLink(SendingLink):
    """A link for responses. It keeps those for which the client has not given credit yet."""

    def __init__(self, session: LinkSession, handle: int, address: str, reply_to: object) -> None:
        super().__init__(session, handle)
        self.address = address
        self.reply_to = reply_to
        self._pending: deque[bytes] = deque(maxlen=_MAX_PENDING_RESPONSES)
        self._sent = 0

    def respond(self, payload: bytes) -> None:
        self._pending.append(payload)
        self._send_pending()

    def on_flow(self, flow: Flow) -> None:
        super().on_flow(flow)
        self._send_pending()

    def _send_pending(self) -> None:
        while self._pending and self.has_credit():
            self.use_credit()
            self._sent += 1
            self.send(self._pending.popleft(), self._sent.to_bytes(8), settled=True)


class RequestHandler(NamedTuple):
    """The requests to one address; each response goes to the link that the client has opened for it."""

    address: str
    session: Session
    turn: Turn
    answer: Callable[[Request], Callable[[], bytes]]

    def handle(self, delivery: Delivery) -> None:
        """Answer a request. Raises DecodeError."""
        request = parse_request(delivery.payload)
        encode = self.answer(request)
        self.turn.after_commit(lambda: self._respond(delivery, request, encode()))

    def _respond(self, delivery: Delivery, request: Request, response: bytes) -> None:
        if not delivery.settled:
            self.session.acknowledge(delivery.delivery_id, _ACCEPTED)
        links = [
            link for link in self.session.links() if isinstance(link, ResponseLink) and link.address == self.address
        ]
        if not links:
            _log.warning("A request to %s has no link for its response", self.address)
            return
        wanted = [link for link in links if link.reply_to == request.reply_to]
        (wanted or links)[-1].respond(response)


def _fields(terminus: object, descriptors: tuple[int, str]) -> list[object]:
    """Return the fields of a source or target, padded. Raises UnsupportedError if it is a transaction coordinator."""
    if terminus is None:
        return [None] * (_FILTER + 1)
    if not isinstance(terminus, Described) or not isinstance(terminus.value, list):
        raise InvalidRequestError("The link's source or target is no list.")
    if terminus.descriptor not in descriptors:
        raise UnsupportedError(f"Links to {terminus.descriptor!r}, such as transactions, are not supported.")
    return terminus.value + [None] * (_FILTER + 1 - len(terminus.value))
