"""Receivers of events: a web server for Event Grid's webhook deliveries, and a reader of the topic `review-events`."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from local.stack.messages import Messages

Event = dict[str, Any]

COMPLETED = "compliance.review.completed.v1"
REFUSED = "compliance.decision.refused.v1"
_SHUTDOWN_POLL_SECONDS = 0.02  # by default half a second
_MOST_BYTES = 1024 * 1024  # https://learn.microsoft.com/azure/event-grid/quotas-limits


class EventFeed(Protocol):
    """CloudEvents of the custom topic, in the order of arrival."""

    def events(self) -> list[Event]:
        """Return all events so far."""
        ...


def completions(feed: EventFeed, review_id: str) -> list[Event]:
    """Return the completion events of one review so far."""
    return [event for event in feed.events() if event["type"] == COMPLETED and event["data"]["reviewId"] == review_id]


class TopicFeed:
    """Events that Event Grid delivered to the Service Bus topic, read by peeking."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def events(self) -> list[Event]:
        """Peek at all events that the topic's subscription still holds."""
        return [message.json() for message in self._messages.peek("review-events", "watch")]


class Subscriber:
    """A web server that keeps every event it receives, in the order of arrival; a context manager."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._events))
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=[_SHUTDOWN_POLL_SECONDS],
            name="subscriber",
            daemon=True,  # else a Ctrl-C just after its start would wait for it
        )

    def __enter__(self) -> Subscriber:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The address for Event Grid's deliveries."""
        return f"http://127.0.0.1:{self._server.server_port}/events"

    def events(self) -> list[Event]:
        """Return all events so far."""
        return list(self._events)


def _handler(events: list[Event]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # one connection for many events, as real webhooks allow

        def do_OPTIONS(self) -> None:
            """Answer the webhook handshake.

            https://github.com/cloudevents/spec/blob/v1.0/http-webhook.md
            """
            self.send_response(200)
            self.send_header("WebHook-Allowed-Origin", self.headers.get("WebHook-Request-Origin", ""))
            self._end_without_content()

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            if length > _MOST_BYTES:
                self.send_error(413)
                return
            content = json.loads(self.rfile.read(length))
            events.extend(content if isinstance(content, list) else [content])
            self.send_response(200)
            self._end_without_content()

        def _end_without_content(self) -> None:
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing: `events` has what arrived."""

    return Handler
