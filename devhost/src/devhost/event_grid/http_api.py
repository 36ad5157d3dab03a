"""The topic's endpoint as the azure-eventgrid SDK calls it, and a small API for subscriptions."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from hmac import compare_digest
from typing import Annotated, Any, Literal

import aiohttp
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from devhost.event_grid.config import NAME_PATTERN, Subscription, describe
from devhost.event_grid.delivery import CLOUD_EVENT, FailedError
from devhost.event_grid.grid import EventGrid
from devhost.http_names import TOPIC_KEY_HEADER

_log = logging.getLogger("devhost.event_grid")

PUBLISH_PATH = "/eventgrid/api/events"
SUBSCRIPTIONS_PATH = "/eventgrid/subscriptions"
_EVENTS_PATH = "/eventgrid/events"
_DELIVERIES_PATH = "/eventgrid/deliveries"
_BATCH = "application/cloudevents-batch+json"
_MOST_BYTES = (
    1024 * 1024
)  # the service's limit for a request, https://learn.microsoft.com/azure/event-grid/quotas-limits

_DIGITS = 4  # in the number of events or deliveries of one answer

_Text = Annotated[str, Field(min_length=1, max_length=2048)]


class _CloudEvent(BaseModel):
    """The attributes that Event Grid requires of a CloudEvent 1.0; all others are passed on unchanged."""

    model_config = ConfigDict(extra="allow")

    specversion: Literal["1.0"]
    id: _Text
    source: _Text
    type: _Text
    subject: str | None = None
    time: str | None = None


_EVENTS: TypeAdapter[list[_CloudEvent]] = TypeAdapter(list[_CloudEvent])


class EventGridApi:
    def __init__(self, grid: EventGrid, key: str) -> None:
        self._grid = grid
        self._key = key.encode()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post(PUBLISH_PATH, self._publish)
        app.router.add_get(_EVENTS_PATH, self._follow)
        app.router.add_get(_DELIVERIES_PATH, self._deliveries)
        app.router.add_get(SUBSCRIPTIONS_PATH, self._list)
        app.router.add_get(f"{SUBSCRIPTIONS_PATH}/{{name}}", self._show)
        app.router.add_put(f"{SUBSCRIPTIONS_PATH}/{{name}}", self._put)
        app.router.add_delete(f"{SUBSCRIPTIONS_PATH}/{{name}}", self._delete)

    async def _publish(self, request: web.Request) -> web.Response:
        self._authorize(request)
        if request.content_type not in (_BATCH, CLOUD_EVENT):
            raise _problem(415, f"This topic takes CloudEvents 1.0: content type {_BATCH} or {CLOUD_EVENT}.")
        content = await self._json(request)
        events = content if request.content_type == _BATCH else [content]
        try:
            _EVENTS.validate_python(events)
        except ValidationError as error:
            raise _problem(400, f"Not CloudEvents 1.0: {describe(error)}") from error
        try:
            self._grid.publish(events, "custom")
        except sqlite3.Error as error:
            raise _problem(503, f"The events cannot be stored and were not accepted: {error}") from error
        return web.Response()

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        """Stream JSON lines: past events first, then each change as it happens, until either side disconnects."""
        self._authorize(request)
        last = _number(request, "last", 0)
        stream = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        with self._grid.follow(last) as (past, changes):
            try:
                await stream.prepare(request)
                for change in past:
                    await stream.write(_line(change))
                while (change := await changes.get()) is not None:
                    await stream.write(_line(change))
            except ConnectionError:
                _log.debug("A follower of the events disconnected")
        return stream

    async def _deliveries(self, request: web.Request) -> web.Response:
        self._authorize(request)
        query = request.query
        found = self._grid.deliveries(_number(request, "most", 50), query.get("subscription"), query.get("state"))
        return web.json_response(found)

    async def _list(self, request: web.Request) -> web.Response:
        self._authorize(request)
        described = [self._grid.describe(name) or {} for name in self._grid.subscriptions()]
        topic = request.query.get("topic")
        return web.json_response([each for each in described if topic in (None, each.get("topic"))])

    async def _show(self, request: web.Request) -> web.Response:
        self._authorize(request)
        described = self._grid.describe(request.match_info["name"])
        if described is None:
            raise _problem(404, "There is no such subscription.")
        return web.json_response(described)

    async def _put(self, request: web.Request) -> web.Response:
        self._authorize(request)
        name = request.match_info["name"]
        if not re.fullmatch(NAME_PATTERN, name):
            raise _problem(400, "A subscription name is 3 to 64 letters, digits and '-'.")
        try:
            subscription = Subscription.model_validate(await self._json(request))
            await self._grid.subscribe(name, subscription)
        except ValidationError as error:
            raise _problem(400, describe(error)) from error
        except (FailedError, aiohttp.ClientError, TimeoutError) as error:
            raise _problem(400, f"The webhook was not validated: {error}") from error
        return web.json_response(self._grid.describe(name))

    async def _delete(self, request: web.Request) -> web.Response:
        self._authorize(request)
        if not self._grid.unsubscribe(request.match_info["name"]):
            raise _problem(404, "No such subscription was added while the host ran.")
        return web.Response(status=204)

    def _authorize(self, request: web.Request) -> None:
        if not compare_digest(request.headers.get(TOPIC_KEY_HEADER, "").encode(), self._key):
            raise _problem(401, f"The request needs the topic's key in header {TOPIC_KEY_HEADER}.")

    @staticmethod
    async def _json(request: web.Request) -> Any:
        body = await request.read()
        if len(body) > _MOST_BYTES:
            raise _problem(413, f"The request is larger than {_MOST_BYTES} bytes.")
        try:
            return json.loads(body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise _problem(400, f"The body is not JSON: {error}") from error


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise _problem(400, f"{name} must be a whole number of at most {_DIGITS} digits, not {text!r}.")
    return int(text)


def _line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _problem(status: int, message: str) -> web.HTTPException:
    """Return an error in the service's own form."""
    error = web.HTTPBadRequest(
        text=json.dumps({"error": {"code": str(status), "message": message}}), content_type="application/json"
    )
    error.set_status(status)
    return error
