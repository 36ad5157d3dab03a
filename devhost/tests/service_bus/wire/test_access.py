"""Shared access signatures: which ones give access to an entity, and which do not."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote_plus

import pytest

from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.decode import decode
from devhost.service_bus.errors import UnauthorizedError
from devhost.service_bus.wire import sas
from devhost.service_bus.wire.cbs import Claims
from devhost.service_bus.wire.requests import Request

KEY, NOW = "secret=", 1_000_000.0


def token(
    uri: str = "sb://localhost:5672/orders", *, key: str = KEY, expiry: str = "1003600", policy: str = sas.POLICY
) -> str:
    resource = quote_plus(uri)
    signature = hmac.digest(key.encode(), f"{resource}\n{expiry}".encode(), hashlib.sha256)
    signed = quote_plus(base64.b64encode(signature))
    return f"SharedAccessSignature sr={resource}&sig={signed}&se={expiry}&skn={quote_plus(policy)}"


def test_a_signature_by_the_key_is_valid_until_it_expires() -> None:
    assert sas.verify(token(), "sb://localhost:5672/Orders", KEY, NOW) == 1_003_600


@pytest.mark.parametrize(
    ("presented", "audience", "reason"),
    [
        (token(key="other"), "orders", "InvalidSignature"),
        (token(policy="Other"), "orders", "InvalidSignature"),
        (token().replace("se=1003600", "se=9003600"), "orders", "InvalidSignature"),
        (token(expiry="999999"), "orders", "ExpiredToken"),
        (token(expiry="soon"), "orders", "InvalidToken"),
        (token(), "orders2", "InvalidAudience"),
        (token(), "", "InvalidAudience"),
        ("eyJhbGciOiJub25lIn0.e30.", "orders", "InvalidToken"),
        ("SharedAccessSignature sr=x", "orders", "InvalidToken"),
        ("SharedAccessSignature " + "x" * 10_000, "orders", "InvalidToken"),
    ],
)
def test_any_other_token_is_refused_with_its_reason(presented: str, audience: str, reason: str) -> None:
    with pytest.raises(UnauthorizedError, match=reason):
        sas.verify(presented, audience, KEY, NOW)


@pytest.mark.parametrize(
    ("scope", "path", "opens"),
    [
        ("q1", "q1", True),
        ("q1", "q1/$deadletterqueue", True),
        ("q1", "q10", False),
        ("q1/$deadletterqueue", "q1", False),
        ("", "anything", True),
    ],
)
def test_a_token_opens_its_entity_and_what_lies_below(scope: str, path: str, opens: bool) -> None:
    assert sas.covers(scope, path) is opens


def test_a_connection_may_open_only_what_a_living_token_was_put_for() -> None:
    moments = iter((NOW, NOW, NOW, NOW + 3600))
    claims = Claims(KEY, lambda: next(moments))
    properties = {"operation": "put-token", "type": "jwt", "name": "sb://localhost:5672/orders"}

    response = claims.answer(Request(encode.string("id"), None, properties, token()))

    assert b"Accepted" in response
    claims.check("amqps://localhost:5672/Orders")
    with pytest.raises(UnauthorizedError):
        claims.check("customers")
    with pytest.raises(UnauthorizedError):
        claims.check("orders")


def test_a_bad_token_is_answered_under_the_id_of_its_request() -> None:
    claims = Claims(KEY, lambda: NOW)
    request = Request(encode.string("id"), None, {"operation": "put-token", "name": "orders"}, "nonsense")

    response = claims.answer(request)

    properties, position = decode(response)
    statuses, _ = decode(response, position)
    assert properties.value[5] == "id"
    assert statuses.value["status-code"] == 401
    with pytest.raises(UnauthorizedError):
        claims.check("orders")
