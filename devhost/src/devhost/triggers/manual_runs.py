"""Runs on request: Azure's `/admin/functions/NAME`, and the webhook of blob triggers.

https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from azure.functions.meta import Datum

from devhost.app.functions import Function
from devhost.dispatch.invoker import Invoker
from devhost.ports import ReceivedMessage
from devhost.supervision import supervise
from devhost.triggers.blob import BlobTrigger
from devhost.triggers.function_keys import FunctionKeys
from devhost.triggers.message_metadata import many_messages, one_message
from devhost.triggers.timer import TimerTrigger

_RUN = re.compile(r"/admin/functions/([^/]+)/?", re.IGNORECASE)
_BLOB = re.compile(r"/blobServices/default/containers/([^/]+)/blobs/(.+)", re.IGNORECASE)
_BLOBS, _PING, _STATUS = "/runtime/webhooks/blobs", "/admin/host/ping", "/admin/host/status"


class ManualRuns:
    """The routes for manual runs, and those by which tools see that a host runs."""

    def __init__(
        self,
        functions: Sequence[Function],
        timers: Sequence[TimerTrigger],
        blobs: Sequence[BlobTrigger],
        *,
        invoker: Invoker,
        keys: FunctionKeys,
        now: Callable[[], datetime],
    ) -> None:
        self._now = now
        self._running: set[asyncio.Task[None]] = set()
        self._functions = {function.name.lower(): function for function in functions}
        self._timers = {timer.name.lower(): timer for timer in timers}
        self._blobs = {blob.name.lower(): blob for blob in blobs}
        self._invoker = invoker
        self._keys = keys

    async def serve(self, request: web.Request) -> web.Response | None:
        """Answer a request to one of these routes, None if it is for another path."""
        path = request.path.rstrip("/").lower()
        if path == _PING:
            return web.Response()
        if path == _STATUS:
            return web.json_response({"state": "Running", "id": "devhost", "version": version("devhost")})
        run = _RUN.fullmatch(request.path)
        if request.method != "POST" or not (run or path == _BLOBS):
            return None
        if refusal := self._keys.refusal_of_admin(request):
            return web.Response(status=401, text=f"{refusal}\n")
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError as error:
            return _refused(f'The body is not JSON such as {{"input": "text"}}: {error}')
        return await self._run(unquote(run[1]), body) if run else await self._take_events(request, body)

    async def _run(self, name: str, body: Any) -> web.Response:
        function = self._functions.get(name.lower())
        if function is None:
            return web.Response(status=404, text=f"There is no function {name}, or it is disabled.\n")
        given = body.get("input", "") if isinstance(body, dict) else ""
        text = given if isinstance(given, str) else json.dumps(given)
        match function.trigger.type:
            case "timerTrigger":
                self._start(self._timers[name.lower()].run(past_due=False))
            case "serviceBusTrigger":
                self._start(self._attempt(function, *self._message(function, text)))
            case "blobTrigger":
                trigger, (container, _, blob) = self._blobs[name.lower()], text.partition("/")
                version = await trigger.find(container, blob)
                if version is None:
                    return _refused(f"There is no blob {text!r} that {name} wants: input is container/name.")
                self._start(trigger.run(version))
            case other:
                return _refused(f"{name} has a trigger of type {other}, which cannot be run like this.")
        return web.Response(status=202)

    async def _take_events(self, request: web.Request, body: Any) -> web.Response:
        name = request.query.get("functionName", "").rpartition(".")[2]
        trigger = self._blobs.get(name.lower())
        if trigger is None:
            return web.Response(status=404, text=f"No function {name!r} has a blob trigger (query functionName).\n")
        for event in body if isinstance(body, list) else [body]:
            kind, data = event.get("eventType"), event.get("data") or {}
            if kind == "Microsoft.EventGrid.SubscriptionValidationEvent":
                return web.json_response({"validationResponse": data.get("validationCode")})
            blob = _BLOB.fullmatch(str(event.get("subject")))
            if not blob:
                return _refused("Each event needs a subject like /blobServices/default/containers/C/blobs/NAME.")
            if version_now := await trigger.find(blob[1], blob[2]):
                trigger.offer_unless_done(version_now)
        return web.Response(status=202)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = supervise(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _attempt(self, function: Function, data: Datum, metadata: Mapping[str, Datum]) -> None:
        try:
            await self._invoker.invoke(function, data, metadata)
        except Exception:  # logged by the invoker
            return

    def _message(self, function: Function, text: str) -> tuple[Datum, dict[str, Datum]]:
        message = ReceivedMessage("", 0, self._now(), None, 1, text.encode())
        if function.trigger.options.get("cardinality") == "MANY":
            return many_messages([message], function.trigger.binary)
        return one_message(message, function.trigger.binary)


def _refused(reason: str) -> web.Response:
    return web.Response(status=400, text=f"{reason}\n")
