"""The host's own HTTP calls: the clock, the status and the findings. They need the state folder's admin key."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from hmac import compare_digest
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from devhost.advance import SETTLE_SECONDS, ClockAdvance, NotSettledError
from devhost.clock import Clock
from devhost.diagnosis.finding import Finding
from devhost.http_names import ADVANCE_PATH, CLOCK_PATH, DOCTOR_PATH, KEY_HEADER, STATUS_PATH

_LONGEST_ADVANCE = 10 * 365 * 86400.0


class _Advance(BaseModel):
    seconds: float = Field(ge=0, le=_LONGEST_ADVANCE)
    settle_within: float = Field(SETTLE_SECONDS, gt=0, le=3600, alias="settleWithin")


class AdminApi:
    """The admin routes. `status` returns what runs now; `findings` returns what is stuck."""

    def __init__(
        self,
        clock: Clock,
        advance: ClockAdvance,
        status: Callable[[], dict[str, Any]],
        findings: Callable[[], Awaitable[list[Finding]]],
        key: str,
    ) -> None:
        self._findings = findings
        self._clock = clock
        self._advance = advance
        self._status = status
        self._key = key.encode()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get(CLOCK_PATH, self._show_clock)
        app.router.add_post(ADVANCE_PATH, self._advance_clock)
        app.router.add_get(STATUS_PATH, self._show_status)
        app.router.add_get(DOCTOR_PATH, self._show_findings)

    async def _show_clock(self, request: web.Request) -> web.Response:
        self._authorize(request)
        return self._clock_now()

    async def _advance_clock(self, request: web.Request) -> web.Response:
        self._authorize(request)
        try:
            wanted = _Advance.model_validate(json.loads(await request.read()))
        except ValidationError as error:
            return _problem(400, "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()))
        except (ValueError, RecursionError) as error:
            return _problem(400, f'The body is not JSON such as {{"seconds": 3600}}: {error}')
        try:
            await self._advance.advance(wanted.seconds, wanted.settle_within)
        except (NotSettledError, TimeoutError) as error:
            return _problem(409, str(error) or "The storage emulator did not log our own request in time.")
        return self._clock_now()

    async def _show_status(self, request: web.Request) -> web.Response:
        self._authorize(request)
        return web.json_response(self._status())

    async def _show_findings(self, request: web.Request) -> web.Response:
        self._authorize(request)
        return web.json_response([asdict(finding) for finding in await self._findings()])

    def _clock_now(self) -> web.Response:
        return web.json_response({"now": self._clock.now().isoformat(), "offsetSeconds": self._clock.offset})

    def _authorize(self, request: web.Request) -> None:
        if not compare_digest(request.headers.get(KEY_HEADER, "").encode(), self._key):
            raise web.HTTPUnauthorized(text=f"This needs the admin key of endpoints.json in header {KEY_HEADER}.\n")


def _problem(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status)
