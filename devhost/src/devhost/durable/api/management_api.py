"""The Durable HTTP API: the RPC routes that the SDK's client calls, and the webhook routes for everybody else.

Status codes and bodies are those recorded from extension 3.15.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from devhost.durable.api.client import DurableClient
from devhost.durable.api.request_values import (
    CONTINUATION,
    flag,
    json_body,
    moment,
    position,
    statuses,
    whole_number,
)
from devhost.durable.api.status_report import history_body, status_body
from devhost.durable.api.urls import RPC_PATH, WEBHOOK_PATH, ManagementUrls
from devhost.durable.engine.history import compact_json
from devhost.durable.engine.instance import Status
from devhost.durable.errors import HubStoppedError, RequestRefusedError
from devhost.durable.storage.commit_loop import CommitLoop

_PAGE = 100

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ManagementApi:
    """The routes of one hub."""

    def __init__(self, loop: CommitLoop, client: DurableClient, urls: ManagementUrls, system_key: str) -> None:
        self._loop = loop
        self._client = client
        self._urls = urls
        self._system_key = system_key.encode()

    def add_routes(self, app: web.Application) -> None:
        """Add the RPC and the webhook routes."""
        for prefix, guard in ((RPC_PATH, _refuse_browsers), (WEBHOOK_PATH, self._require_key)):
            for method, path, handler in (
                ("POST", "/orchestrators/{name}", self._start),
                ("POST", "/orchestrators/{name}/{id}", self._start),
                ("GET", "/instances", self._list),
                ("GET", "/instances/", self._list),
                ("DELETE", "/instances", self._purge_by),
                ("DELETE", "/instances/", self._purge_by),
                ("GET", "/instances/{id}", self._status),
                ("DELETE", "/instances/{id}", self._purge),
                ("GET", "/instances/{id}/history", self._history),
                ("POST", "/instances/{id}/raiseEvent/{event}", self._raise_event),
                ("POST", "/instances/{id}/terminate", self._terminate),
                ("POST", "/instances/{id}/suspend", self._suspend),
                ("POST", "/instances/{id}/resume", self._resume),
                ("POST", "/instances/{id}/rewind", self._rewind),
                ("POST", "/instances/{id}/restart", self._restart),
                ("*", "/entities{rest:.*}", _entities),
                ("*", "/{rest:.*}", _unknown),
            ):
                app.router.add_route(method, prefix + path, self._answering(guard, handler))

    def _answering(self, guard: Callable[[web.Request], None], handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                guard(request)
                self._loop.require_running()
                return await handler(request)
            except RequestRefusedError as refusal:
                if refusal.body is None:
                    return web.Response(status=refusal.status)
                return _json(refusal.body, refusal.status)
            except HubStoppedError as stopped:
                return _json({"Message": str(stopped)}, 503)

        return answer

    def _require_key(self, request: web.Request) -> None:
        given = request.query.get("code") or request.headers.get("x-functions-key") or ""
        if not hmac.compare_digest(given.encode(), self._system_key):
            raise RequestRefusedError(401, {"Message": "The system key is missing or wrong (query parameter 'code')."})

    async def _start(self, request: web.Request) -> web.Response:
        instance_id = request.match_info.get("id")
        if instance_id and "/" in instance_id:
            raise RequestRefusedError(404)
        text = await json_body(request, required=False)
        instance_id = await self._client.start(request.match_info["name"], instance_id, text)
        if "timeout" in request.query:
            seconds = whole_number(request.query["timeout"])
            if await self._client.wait_until_ended(instance_id, seconds):
                return self._outcome(instance_id)
        return self._answer_accepted(request, instance_id)

    def _outcome(self, instance_id: str) -> web.Response:
        instance = self._client.instance(instance_id)
        if instance is None:
            raise RequestRefusedError(404)
        body = status_body(instance, show_input=True)
        return _json(body["output"] if instance.status is Status.COMPLETED else body)

    async def _status(self, request: web.Request) -> web.Response:
        instance = self._client.instance(request.match_info["id"])
        if instance is None:
            raise RequestRefusedError(404)
        body = status_body(instance, show_input=flag(request, "showInput", default=True))
        if flag(request, "showHistory"):
            events = self._loop.store.history(instance.id)
            body["historyEvents"] = history_body(events, show_output=flag(request, "showHistoryOutput"))
        if not instance.status.terminal:
            return _json(body, 202, {"Location": str(request.url), "Retry-After": "5"})
        failed = instance.status is Status.FAILED and flag(request, "returnInternalServerErrorOnFailure")
        return _json(body, 500 if failed else 200)

    async def _history(self, request: web.Request) -> web.Response:
        """Return the whole history as `devhost replay` reads it. Azure has no such route, only a table."""
        instance = self._client.instance(request.match_info["id"])
        if instance is None:
            raise RequestRefusedError(404)
        events = self._loop.store.history(instance.id)
        return _json({"instanceId": instance.id, "history": [json.loads(event.text) for event in events]})

    async def _list(self, request: web.Request) -> web.Response:
        limit = int(whole_number(request.query["top"])) if "top" in request.query else _PAGE
        found = self._loop.store.select_instances(
            prefix=request.query.get("instanceIdPrefix", ""),
            created_from=moment(request, "createdTimeFrom"),
            created_to=moment(request, "createdTimeTo"),
            statuses=statuses(request),
            after=position(request),
            limit=limit + 1,
        )
        token = base64.b64encode(found[limit - 1].id.encode()).decode() if len(found) > limit else ""
        show_input = flag(request, "showInput", default=True)
        bodies = [status_body(instance, show_input=show_input) for instance in found[:limit]]
        return _json(bodies, headers={CONTINUATION: token})

    async def _purge(self, request: web.Request) -> web.Response:
        await self._client.purge(request.match_info["id"])
        return _json({"instancesDeleted": 1})

    async def _purge_by(self, request: web.Request) -> web.Response:
        created_from = moment(request, "createdTimeFrom")
        if created_from is None:
            raise RequestRefusedError(400, "Please provide value for 'createdTimeFrom' parameter.")
        deleted = await self._client.purge_by(created_from, moment(request, "createdTimeTo"), statuses(request))
        if not deleted:
            raise RequestRefusedError(404)
        return _json({"instancesDeleted": deleted})

    async def _raise_event(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise RequestRefusedError(400, {"Message": "Only application/json request content is supported"})
        text = await json_body(request, required=True)
        await self._client.raise_event(request.match_info["id"], request.match_info["event"], text or "null")
        return web.Response(status=202)

    async def _terminate(self, request: web.Request) -> web.Response:
        await self._client.terminate(request.match_info["id"], request.query.get("reason"))
        return web.Response(status=202)

    async def _suspend(self, request: web.Request) -> web.Response:
        await self._client.suspend(request.match_info["id"], request.query.get("reason"))
        return web.Response(status=202)

    async def _resume(self, request: web.Request) -> web.Response:
        await self._client.resume(request.match_info["id"], request.query.get("reason"))
        return web.Response(status=202)

    async def _rewind(self, request: web.Request) -> web.Response:
        await self._client.rewind(request.match_info["id"])
        return web.Response(status=202)

    async def _restart(self, request: web.Request) -> web.Response:
        new_id = flag(request, "restartWithNewInstanceId", default=True)
        return self._answer_accepted(request, await self._client.restart(request.match_info["id"], new_id=new_id))

    def _answer_accepted(self, request: web.Request, instance_id: str) -> web.Response:
        body = self._urls.of_instance(str(request.url.origin()), instance_id)
        return _json(body, 202, {"Location": body["statusQueryGetUri"], "Retry-After": "10"})


def _refuse_browsers(request: web.Request) -> None:
    """Refuse browsers, by their headers: the RPC routes need no key, but no page may use them."""
    if "Origin" in request.headers or "Sec-Fetch-Mode" in request.headers:
        raise RequestRefusedError(403, {"Message": "The RPC routes are for the Durable Functions SDK only."})


async def _unknown(_: web.Request) -> web.Response:
    raise RequestRefusedError(404)


async def _entities(_: web.Request) -> web.Response:
    raise RequestRefusedError(501, {"Message": "devhost does not support durable entities."})


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers, dumps=compact_json)
