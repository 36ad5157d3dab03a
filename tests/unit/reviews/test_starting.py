"""What the durable client cannot do is told in one error that the triggers know, whatever the SDK raised."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df
import pytest
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus

from adapters.orchestration import OrchestrationUnavailableError, start, start_first

REVIEW = "0" * 64


class Hub(df.DurableOrchestrationClient):
    """A client whose host answers what a test says; an answer that is an exception is raised."""

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


MISSING = DurableOrchestrationStatus()
RUNNING = DurableOrchestrationStatus.from_json(
    {
        "instanceId": REVIEW,
        "runtimeStatus": "Running",
        "createdTime": "2026-03-05T10:00:00Z",
        "lastUpdatedTime": "2026-03-05T10:00:00Z",
    }
)


async def test_a_review_that_is_at_work_is_not_started_again() -> None:
    hub = Hub([RUNNING])
    await start(hub, REVIEW)
    assert hub.started == 0


async def test_a_review_that_was_opened_just_now_is_started_without_asking() -> None:
    hub = Hub([])
    await start_first(hub, REVIEW)
    assert hub.started == 1


async def test_another_opener_may_have_been_first() -> None:
    hub = Hub([MISSING, RUNNING], Exception("An Orchestration instance with the status Running already exists."))
    await start(hub, REVIEW)
    assert hub.started == 1


@pytest.mark.parametrize(
    "hub",
    [
        Hub([Exception("The operation failed with an unexpected status code 500")]),
        Hub([MISSING, MISSING], Exception("Connection refused")),
        Hub([MISSING, Exception("Connection refused")], Exception("Connection refused")),
    ],
)
async def test_a_host_that_cannot_start_it_is_unavailable(hub: Hub) -> None:
    with pytest.raises(OrchestrationUnavailableError):
        await start(hub, REVIEW)
