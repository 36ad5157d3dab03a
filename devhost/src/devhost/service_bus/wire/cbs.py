"""Claims-based security: the `$cbs` node takes a token per entity, and a link is opened only if a token allows it.

Tokens belong to a connection. A link that is open stays open when its token expires, as SDKs renew them only while
they are active.
"""

from __future__ import annotations

from collections.abc import Callable

from devhost.service_bus.amqp import encode
from devhost.service_bus.errors import InvalidRequestError, ServiceBusError, UnauthorizedError
from devhost.service_bus.queues.entities import entity_path
from devhost.service_bus.wire import sas
from devhost.service_bus.wire.requests import Request, encode_response

_ACCEPTED = 202
_MAX_TOKENS = 1000


class Claims:
    """The tokens of one connection."""

    def __init__(self, key: str, real_time: Callable[[], float]) -> None:
        self._key = key
        self._real_time = real_time
        self._expiries: dict[str, float] = {}  # by the path that a token covers

    def check(self, address: str) -> None:
        """Raise UnauthorizedError if no token covers the entity."""
        path, now = entity_path(address), self._real_time()
        if not any(expiry > now and sas.covers(scope, path) for scope, expiry in self._expiries.items()):
            raise UnauthorizedError(f"Unauthorized access. A valid token is required for '{address}'.")

    def answer(self, request: Request) -> bytes:
        """Handle a message to `$cbs` and return the response."""
        try:
            self._put_token(request)
        except ServiceBusError as problem:
            return _response(request, problem.status, str(problem))
        return _response(request, _ACCEPTED, "Accepted")

    def _put_token(self, request: Request) -> None:
        operation, audience = request.properties.get("operation"), request.properties.get("name")
        if operation != "put-token" or not isinstance(audience, str) or not isinstance(request.body, str):
            raise InvalidRequestError("Only put-token, with an audience as name and a token as body, is understood.")
        # `type` is ignored: the Python SDK sets "jwt" for signatures, too.
        expiry = sas.verify(request.body, audience, self._key, self._real_time())
        path = entity_path(audience)
        if path not in self._expiries and len(self._expiries) >= _MAX_TOKENS:
            raise InvalidRequestError(f"A connection can hold {_MAX_TOKENS} tokens.")
        self._expiries[path] = expiry


def _response(request: Request, status: int, description: str) -> bytes:
    properties = {"status-code": encode.int32(status), "status-description": encode.string(description)}
    return encode_response(request, properties)
