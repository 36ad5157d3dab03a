"""The Durable HTTP API: the RPC routes that the SDK's client calls, and the webhook routes for everybody else.

Status codes and bodies are those recorded from extension 3.15.
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
from typing import Any

from aiohttp import web

from devhost.durable.api.client import DurableClient
from devhost.durable.api.request_values import (
    CONTINUATION,
    flag,
    json_body,
    moment,
    page_size,
    position,
    seconds,
    statuses,
)
from devhost.durable.api.requests import Call, Query, Route, Routes
from devhost.durable.api.status_report import history_body, status_body
from devhost.durable.api.urls import RPC_PATH, WEBHOOK_PATH, ManagementUrls
from devhost.durable.engine.history import compact_json
from devhost.durable.engine.instance import Status
from devhost.durable.errors import HubStoppedError, RequestRefusedError
from devhost.durable.storage.commit_loop import CommitLoop
from devhost.http_server import is_from_another_origin

_log = logging.getLogger("devhost.durable")

_PAGE = 100
_RPC, _WEBHOOK = f"{RPC_PATH}/", f"{WEBHOOK_PATH}/"


class ManagementApi:
    """The routes of one hub: those for the SDK's client, and the webhook routes for everybody else.

    The webhook routes need the system key if `key_required`, and always for a page of another origin.
    """

    def __init__(
        self, loop: CommitLoop, client: DurableClient, urls: ManagementUrls, system_key: str, *, key_required: bool
    ) -> None:
        self._key_required = key_required
        self._loop = loop
        self._client = client
        self._urls = urls
        self._system_key = system_key.encode()
        self._routes = Routes(
            Route("POST", "orchestrators/{name}", self._start),
            Route("POST", "orchestrators/{name}/{id}", self._start),
            Route("GET", "instances", self._list),
            Route("DELETE", "instances", self._purge_by),
            Route("GET", "instances/{id}", self._status),
            Route("DELETE", "instances/{id}", self._purge),
            Route("GET", "instances/{id}/history", self._history),
            Route("POST", "instances/{id}/raiseEvent/{event}", self._raise_event),
            Route("POST", "instances/{id}/terminate", self._terminate),
            Route("POST", "instances/{id}/suspend", self._suspend),
            Route("POST", "instances/{id}/resume", self._resume),
            Route("POST", "instances/{id}/rewind", self._rewind),
            Route("POST", "instances/{id}/restart", self._restart),
        )

    async def serve(self, request: web.Request) -> web.StreamResponse | None:
        """Answer a request to one of these routes, None if it is for another path."""
        path = request.rel_url.raw_path
        of_the_sdk = path[: len(_RPC)].lower() == _RPC
        if not of_the_sdk and path[: len(_WEBHOOK)].lower() != _WEBHOOK:
            return None
        try:
            if of_the_sdk:
                _refuse_browsers(request)
            else:
                self._check_key(request)
            self._loop.require_running()
            return await self._serve(request, path[len(RPC_PATH if of_the_sdk else WEBHOOK_PATH) :])
        except RequestRefusedError as refusal:
            if refusal.body is None:
                return web.Response(status=refusal.status)
            return _json(refusal.body, refusal.status)
        except HubStoppedError as stopped:
            return _json({"Message": str(stopped)}, 503)

    async def _serve(self, request: web.Request, path: str) -> web.StreamResponse:
        query = Query(request)
        if path.strip("/").lower().partition("/")[0] == "entities":
            text = "devhost has no durable entities."
            _log.warning("501 to %s %s: %s", request.method, request.path, text)  # the SDK's error has no reason
            raise RequestRefusedError(501, {"Message": text})
        found = self._routes.find(request.method, path)
        hub = (query.get("taskHub") or "").strip()
        if found is None or (hub and hub.lower() != self._urls.hub_name.lower()):
            raise RequestRefusedError(404)
        handler, parts = found
        return await handler(Call(request, query, parts))

    def _check_key(self, request: web.Request) -> None:
        if not self._key_required and not is_from_another_origin(request):
            return
        given = Query(request).get("code") or request.headers.get("x-functions-key") or ""
        if not hmac.compare_digest(given.encode(), self._system_key):
            text = (
                "The system key is missing or wrong: use the URLs that a start answers with (query parameter 'code')."
            )
            raise RequestRefusedError(401, {"Message": text})

    async def _start(self, call: Call) -> web.Response:
        text = await json_body(call.request, required=False)
        version = call.query.get("version")
        instance_id = await self._client.start(call.parts["name"], call.parts.get("id"), text, version)
        return await self._answer_accepted(call, instance_id)

    async def _status(self, call: Call) -> web.Response:
        instance = self._client.instance(call.parts["id"])
        if instance is None:
            raise RequestRefusedError(404)
        body = status_body(instance, show_input=flag(call.query, "showInput", default=True))
        if flag(call.query, "showHistory"):
            events = self._loop.store.history(instance.id)
            body["historyEvents"] = history_body(events, show_output=flag(call.query, "showHistoryOutput"))
        if not instance.status.terminal:
            return _json(body, 202, {"Location": f"{_origin(call)}{call.request.path_qs}", "Retry-After": "5"})
        failed = instance.status is Status.FAILED and flag(call.query, "returnInternalServerErrorOnFailure")
        return _json(body, 500 if failed else 200)

    async def _history(self, call: Call) -> web.Response:
        """Return the whole history as `devhost replay` reads it. Azure has no such route, only a table."""
        instance = self._client.instance(call.parts["id"])
        if instance is None:
            raise RequestRefusedError(404)
        events = self._loop.store.history(instance.id)
        return _json({"instanceId": instance.id, "history": [json.loads(event.text) for event in events]})

    async def _list(self, call: Call) -> web.Response:
        limit = page_size(call.query, _PAGE)
        found = self._loop.store.select_instances(
            prefix=call.query.get("instanceIdPrefix") or "",
            created_from=moment(call.query, "createdTimeFrom"),
            created_to=moment(call.query, "createdTimeTo"),
            statuses=statuses(call.query),
            after=position(call.request),
            limit=limit + 1,
        )
        token = base64.b64encode(found[limit - 1].id.encode()).decode() if len(found) > limit else ""
        show_input = flag(call.query, "showInput", default=True)
        bodies = [status_body(instance, show_input=show_input) for instance in found[:limit]]
        return _json(bodies, headers={CONTINUATION: token})

    async def _purge(self, call: Call) -> web.Response:
        await self._client.purge(call.parts["id"])
        return _json({"instancesDeleted": 1})

    async def _purge_by(self, call: Call) -> web.Response:
        created_from = moment(call.query, "createdTimeFrom")
        if created_from is None:
            raise RequestRefusedError(400, "Please provide value for 'createdTimeFrom' parameter.")
        created_to = moment(call.query, "createdTimeTo")
        deleted = await self._client.purge_by(created_from, created_to, statuses(call.query))
        if not deleted:
            raise RequestRefusedError(404)
        return _json({"instancesDeleted": deleted})

    async def _raise_event(self, call: Call) -> web.Response:
        instance = self._client.instance(call.parts["id"])
        if instance is None or instance.status.terminal:  # before the body is looked at, as on Azure
            raise RequestRefusedError(410 if instance else 404)
        if call.request.content_type != "application/json":
            raise RequestRefusedError(400, {"Message": "Only application/json request content is supported"})
        text = await json_body(call.request, required=True)
        await self._client.raise_event(instance.id, call.parts["event"], text or "null")
        return web.Response(status=202)

    async def _terminate(self, call: Call) -> web.Response:
        await self._client.terminate(call.parts["id"], call.query.get("reason"))
        return web.Response(status=202)

    async def _suspend(self, call: Call) -> web.Response:
        await self._client.suspend(call.parts["id"], call.query.get("reason"))
        return web.Response(status=202)

    async def _resume(self, call: Call) -> web.Response:
        await self._client.resume(call.parts["id"], call.query.get("reason"))
        return web.Response(status=202)

    async def _rewind(self, call: Call) -> web.Response:
        await self._client.rewind(call.parts["id"])
        return web.Response(status=202)

    async def _restart(self, call: Call) -> web.Response:
        new_id = flag(call.query, "restartWithNewInstanceId", default=True)
        return await self._answer_accepted(call, await self._client.restart(call.parts["id"], new_id=new_id))

    async def _answer_accepted(self, call: Call, instance_id: str) -> web.Response:
        """Answer a start with the instance's URLs, or with its end if the client waits and it ends in time."""
        timeout, interval = seconds(call.query, "timeout"), seconds(call.query, "pollingInterval")
        if timeout is not None and interval is not None:
            if interval > timeout:
                text = f"Total timeout {timeout:g} should be bigger than retry timeout {interval:g}"
                body = {"Message": "One or more of the arguments submitted is incorrect", "ExceptionMessage": text}
                raise RequestRefusedError(400, body | {"ExceptionType": "System.ArgumentException"})
            if await self._client.wait_until_ended(instance_id, timeout):
                return await self._outcome(Call(call.request, call.query, {"id": instance_id}))
        body = self._urls.of_instance(_origin(call), instance_id)
        return _json(body, 202, {"Location": body["statusQueryGetUri"], "Retry-After": "10"})

    async def _outcome(self, call: Call) -> web.Response:
        instance = self._client.instance(call.parts["id"])
        if instance and instance.status is Status.COMPLETED:
            return _json(status_body(instance, show_input=False)["output"])
        return await self._status(call)


def _refuse_browsers(request: web.Request) -> None:
    """Refuse browsers, by their headers: the RPC routes need no key, but no page may use them."""
    if "Origin" in request.headers or "Sec-Fetch-Mode" in request.headers:
        raise RequestRefusedError(403, {"Message": "The RPC routes are for the Durable Functions SDK only."})


def _origin(call: Call) -> str:
    return f"{call.request.scheme}://{call.request.host}"  # as in `request.url`, which would be parsed and joined first


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers, dumps=compact_json)
