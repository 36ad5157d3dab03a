"""Why a request to the hub is not carried out."""

from __future__ import annotations

from typing import Any


class RequestRefusedError(Exception):
    """A client's request that changes nothing: the HTTP status and body that Azure answers with."""

    def __init__(self, status: int, body: Any = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class HubStoppedError(Exception):
    """The hub takes no more requests; the message says why."""
