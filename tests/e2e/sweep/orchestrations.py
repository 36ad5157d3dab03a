"""Orchestrations as an operator reaches them: over the Durable HTTP management API.

https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-http-api
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from local.stack.eventually import eventually

_NOT_FOUND = 404


class Orchestrations:
    """The instances of the task hub in a devhost's state folder."""

    def __init__(self, state: Path) -> None:
        origin = json.loads((state / "endpoints.json").read_text())["http"]
        self._base = f"{origin}/runtime/webhooks/durabletask"
        self._key = json.loads((state / "keys.json").read_text())["durable"]

    def status(self, instance_id: str) -> str | None:
        """Return Running, Completed, Failed, Terminated ...; None if there is no such instance."""
        try:
            return self._ask("GET", f"instances/{instance_id}")["runtimeStatus"]
        except urllib.error.HTTPError as refused:
            with refused:
                if refused.code == _NOT_FOUND:
                    return None
                raise

    def start(self, name: str, instance_id: str) -> None:
        """Start an instance without input, in place of an ended one of that id if there is one."""
        self._ask("POST", f"orchestrators/{name}/{instance_id}")

    @property
    def url(self) -> str:
        """The API with its key, as an operator configures it."""
        return f"{self._base}?code={urllib.parse.quote(self._key, safe='')}"

    def suspend(self, instance_id: str) -> None:
        """Suspend an instance, and wait until it is. Raises NeverHappenedError."""
        self._ask("POST", f"instances/{instance_id}/suspend")
        eventually(lambda: self.status(instance_id) == "Suspended", f"instance {instance_id} is suspended")

    def resume(self, instance_id: str) -> None:
        """Let a suspended instance go on."""
        self._ask("POST", f"instances/{instance_id}/resume")

    def terminate(self, instance_id: str) -> None:
        """End an instance, and wait until it has ended. Raises NeverHappenedError."""
        self._ask("POST", f"instances/{instance_id}/terminate")
        eventually(lambda: self.status(instance_id) == "Terminated", f"instance {instance_id} is terminated")

    def purge(self, instance_id: str) -> None:
        """Delete an ended instance."""
        self._ask("DELETE", f"instances/{instance_id}")

    def _ask(self, method: str, path: str) -> Any:
        request = urllib.request.Request(  # noqa: S310 our own host's address
            f"{self._base}/{path}", method=method, headers={"x-functions-key": self._key}
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 as above
            return json.loads(answer.read() or "null")
