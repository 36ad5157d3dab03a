"""Errors of requests to the hub."""

from __future__ import annotations

from typing import Any


class RequestRefusedError(Exception):
    """The request is refused and changes nothing. Has the HTTP status and body of Azure's answer."""

    def __init__(self, status: int, body: Any = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class HubStoppedError(Exception):
    """The hub takes no more requests. The message gives the reason."""
