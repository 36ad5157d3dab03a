"""A durable client whose host answers what a test says."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus

REVIEW = "0" * 64
MISSING = DurableOrchestrationStatus()
RUNNING = DurableOrchestrationStatus.from_json(
    {
        "instanceId": REVIEW,
        "runtimeStatus": "Running",
        "createdTime": "2026-03-05T10:00:00Z",
        "lastUpdatedTime": "2026-03-05T10:00:00Z",
    }
)


class Hub(df.DurableOrchestrationClient):
    """A client of a host whose answers the test gives; an answer that is an exception is raised."""

    def __init__(self, statuses: list[Any], starting: Exception | None = None) -> None:
        self.statuses = statuses
        self.starting = starting
        self.started = 0

    async def get_status(self, *_: Any, **__: Any) -> Any:
        answer = self.statuses.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def start_new(self, *_: Any, **__: Any) -> str:
        self.started += 1
        if self.starting:
            raise self.starting
        return REVIEW
