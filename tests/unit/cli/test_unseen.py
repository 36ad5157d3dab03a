"""Why `compliance doctor` could not examine a part that it reads over HTTP."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.durable_api import Orchestrations
from cli.doctor.parts import ORCHESTRATIONS
from cli.doctor.unseen import why_unseen


async def why(answer: web.Response | None) -> str:
    """Ask an API that answers so, or none, for an orchestration; return why that failed."""

    async def respond(_request: web.Request) -> web.Response:
        assert answer
        return answer

    app = web.Application()
    app.router.add_get("/durabletask/instances/3f9a01", respond)
    async with TestServer(app) as server:
        url = str(server.make_url("/durabletask?code=hidden"))
        if answer is None:
            await server.close()
        async with Orchestrations(url) as orchestrations:
            with pytest.raises((aiohttp.ClientError, TimeoutError)) as raised:
                await orchestrations.status("3f9a01")
    return why_unseen(ORCHESTRATIONS, raised.value)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (web.Response(status=403), "refuses access (403): its `code` must be the app's system key"),
        (web.Response(status=500), "cannot be used (it answers 500): check that COMPLIANCE_DURABLE_API is right"),
        (web.Response(text="a page"), "cannot be used (it answers 200): check that COMPLIANCE_DURABLE_API is right"),
        (web.json_response([]), "check that it runs and that COMPLIANCE_DURABLE_API is right"),
        (web.Response(text="{", content_type="application/json"), "that COMPLIANCE_DURABLE_API is right"),
        (None, "cannot be reached or used: check that it runs and that COMPLIANCE_DURABLE_API is right"),
    ],
)
def test_an_api_that_cannot_be_used_is_explained_without_its_key(answer: web.Response | None, said: str) -> None:
    text = asyncio.run(why(answer))
    assert said in text
    assert "hidden" not in text
