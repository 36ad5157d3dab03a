"""Which event subscriptions of the custom topic receive outcomes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.clients import Clients
from adapters.messaging.event_subscriptions import subscriptions_for
from adapters.settings import Settings
from tests.infra.app_settings import SAMPLES

TYPE = "compliance.review.completed.v1"


class Credential:
    """Gives a token that names its scope."""

    async def get_token(self, scope: str) -> Any:
        return SimpleNamespace(token=f"for {scope}")

    async def close(self) -> None: ...


async def listed(answer: Any, status: int = 200, **settings: str) -> tuple[list[str], dict[str, str], str]:
    """Return what is found in an answer, the headers of the request for it, and the server's address."""
    headers: dict[str, str] = {}

    async def handle(request: web.Request) -> web.Response:
        headers.update(request.headers)
        return web.json_response(answer, status=status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_get("/topic/eventSubscriptions", handle)
    clients = Clients(Settings.from_environment({**SAMPLES, **settings}))
    clients.__dict__["credential"] = Credential()
    async with TestServer(app) as server:
        url = str(server.make_url("/topic/eventSubscriptions?api-version=1"))
        return await subscriptions_for(clients, url, TYPE), headers, str(server.make_url("/"))


async def test_resource_manager_is_asked_with_a_token_for_its_own_address() -> None:
    of_type = {"name": "mine", "properties": {"filter": {"includedEventTypes": ["a", TYPE]}}}
    others = {"name": "refusals", "properties": {"filter": {"includedEventTypes": ["compliance.decision.refused.v1"]}}}
    all_types = {"name": "all", "properties": {"filter": {"includedEventTypes": None}, "topic": "x"}}
    names, headers, address = await listed({"value": [of_type, others, all_types]})

    assert names == ["mine", "all"]
    assert headers["Authorization"] == f"Bearer for {address}.default"


async def test_a_local_topic_is_asked_with_its_key() -> None:
    found = [
        {"name": "one", "filter": {"includedEventTypes": [TYPE]}},
        {"name": "two"},
        {"name": "three", "filter": {}},
    ]
    names, headers, _ = await listed(found, EventGridTopic__topicKey="secret")

    assert names == ["one", "two", "three"]
    assert headers["aeg-sas-key"] == "secret"
    assert "Authorization" not in headers


@pytest.mark.parametrize(("answer", "status"), [({"error": {}}, 403), ({"nothing": 1}, 200), ("text", 200), ([], 302)])
async def test_an_answer_that_lists_nothing_is_no_empty_list(answer: Any, status: int) -> None:
    with pytest.raises(aiohttp.ClientError):
        await listed(answer, status)


async def test_no_subscription_is_an_empty_list() -> None:
    assert (await listed({"value": []}))[0] == (await listed([]))[0] == []
