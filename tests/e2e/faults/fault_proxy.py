"""An HTTP proxy between the app and its storage account that fails on request.

The app's connection string points at the proxy, which passes everything on unchanged until a test arms a fault: an
error answer, a lost connection, a delay, a pause during which the test may kill the app, or a copy that takes its time
(`pending_copies`). Bodies are held in memory: it is made for small documents.
"""

from __future__ import annotations

import asyncio
import re
import threading
from contextlib import suppress
from typing import Self

import aiohttp
from aiohttp import web
from yarl import URL

from tests.e2e.faults.faults import Behaviour, Fault, Forward, Pause, Requests
from tests.e2e.faults.pending_copies import Ending, PendingCopies

SERVICE = web.AppKey("service", str)

# RFC 9110 7.6.1: these describe one connection; aiohttp sets its own on each side.
_PER_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding"})


_PART = re.compile(rb"^[A-Z]+ http\S+", re.MULTILINE)


class FaultProxy:
    """The proxy of one storage account, on a thread of its own; a context manager."""

    def __init__(self, connection_string: str) -> None:
        self._account = dict(part.split("=", 1) for part in connection_string.split(";") if part)
        self._upstream: dict[str, URL] = {
            "blob": URL(self._account["BlobEndpoint"]).origin(),
            "table": URL(self._account["TableEndpoint"]).origin(),
        }
        self._faults: list[Fault] = []
        self._pauses: list[Pause] = []
        self.requests: list[
            str
        ] = []  # method and URL of each, in their order; of a transaction, those of all its parts
        self._copies = PendingCopies(connection_string)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy")
        self._runners: list[web.AppRunner] = []
        self._session: aiohttp.ClientSession

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        self.lift_all()
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def connection_string(self) -> str:
        """The account's connection string with the proxy's endpoints."""
        return ";".join(f"{key}={value}" for key, value in self._account.items())

    def lift_all(self) -> None:
        """Let all requests pass again, and drop those that are paused."""
        self._faults.clear()
        for pause in self._pauses:
            pause.drop()

    def answer(
        self, requests: Requests, status: int = 503, times: int | None = 1, retry_after: int | None = None
    ) -> Fault:
        """Answer with an error like Azure Storage's; storage never sees the request. `retry_after` in seconds."""
        code = "ServerBusy" if status == 503 else "InternalError"

        async def refuse(_: web.Request, __: Forward) -> web.Response:
            text = (
                f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>Injected.</Message></Error>'
            )
            headers = {"x-ms-error-code": code}
            if retry_after is not None:
                headers["Retry-After"] = str(retry_after)
            return web.Response(status=status, text=text, content_type="application/xml", headers=headers)

        return self._arm(requests, refuse, times)

    def answer_nonsense(self, requests: Requests, times: int | None = 1) -> Fault:
        """Answer reads with a row or a blob that nobody can have written; storage never sees the request."""

        async def answer(_: web.Request, __: Forward) -> web.Response:
            row = {"PartitionKey": "?", "RowKey": "head", "value": [{"RowKey": "head"}]}
            return web.json_response(row, headers={"Last-Modified": "never"})

        return self._arm(requests, answer, times)

    def drop(self, requests: Requests, times: int | None = 1, after: bool = False) -> Fault:
        """Lose the request before it reaches storage, or, with `after`, only its answer."""

        async def lose(request: web.Request, forward: Forward) -> web.Response:
            if after:
                await forward()
            return _lost(request)

        return self._arm(requests, lose, times)

    def delay(self, requests: Requests, seconds: float, times: int | None = 1) -> Fault:
        """Pass the request on later."""

        async def wait(_: web.Request, forward: Forward) -> web.Response:
            await asyncio.sleep(seconds)
            return await forward()

        return self._arm(requests, wait, times)

    def pause(self, requests: Requests, after: bool = False) -> Pause:
        """Hold the next such request before it reaches storage, or, with `after`, hold its answer."""
        pause = Pause(self._loop)
        self._pauses.append(pause)

        async def hold(request: web.Request, forward: Forward) -> web.Response:
            response = await forward() if after else None
            if not await pause.hold():
                return _lost(request)
            return response or await forward()

        self._arm(requests, hold, times=1)
        return pause

    def leave_pending(
        self, requests: Requests, polls: int | None, ending: Ending = "success", times: int | None = 1
    ) -> Fault:
        """Accept a Copy Blob that is pending for `polls` reads of its target (for ever if None), then ends as given."""

        async def accept(request: web.Request, forward: Forward) -> web.Response:
            return await self._copies.accept(request, await forward(), polls, ending)

        return self._arm(requests, accept, times)

    def end_copies(self, ending: Ending) -> None:
        """Let the copies that are pending now end as given, each at the next read of its target."""
        self._copies.end(ending)

    def _arm(self, requests: Requests, behaviour: Behaviour, times: int | None) -> Fault:
        fault = Fault(requests, behaviour, times)
        self._faults.append(fault)
        return fault

    async def _start(self) -> None:
        # Headers are signed, so none may be added to those of the app.
        added = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
        self._session = aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=added)
        for service, endpoint in (("blob", "BlobEndpoint"), ("table", "TableEndpoint")):
            app = web.Application(client_max_size=2**30)
            app[SERVICE] = service
            app.router.add_route("*", "/{path:.*}", self._handle)
            runner = web.AppRunner(app, access_log=None, auto_decompress=False)
            await runner.setup()
            self._runners.append(runner)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            port = runner.addresses[0][1]
            self._account[endpoint] = str(URL(self._account[endpoint]).with_host("127.0.0.1").with_port(port))

    async def _stop(self) -> None:
        for runner in self._runners:
            await runner.cleanup()
        await self._copies.close()
        await self._session.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        service = request.app[SERVICE]
        body = await request.read()
        parts = _PART.findall(body) if request.path.endswith("/$batch") else []
        self.requests.append(" ".join([f"{request.method} {request.raw_path}", *map(bytes.decode, parts)]))

        async def forward() -> web.Response:
            return await self._forward(service, request, body)

        for fault in self._faults:
            if fault.take(service, request, body):
                return await fault.behaviour(request, forward)
        return await forward()

    async def _forward(self, service: str, request: web.Request, body: bytes) -> web.Response:
        if service == "blob" and (refused := await self._copies.before(request)):
            return refused
        url = URL(f"{self._upstream[service]}{request.raw_path}", encoded=True)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _PER_CONNECTION}
        async with self._session.request(
            request.method, url, headers=headers, data=body or None, allow_redirects=False
        ) as upstream:
            response = web.Response(status=upstream.status, reason=upstream.reason, body=await upstream.read())
            for name, value in upstream.headers.items():
                if name.lower() not in _PER_CONNECTION:
                    response.headers[name] = value
        if service == "blob":
            self._copies.after(request, response)
        return response


def _lost(request: web.Request) -> web.Response:
    with suppress(AttributeError):  # the client may have gone first: then there is no transport left to abort
        request.transport.abort()  # type: ignore[union-attr]
    return web.Response()
