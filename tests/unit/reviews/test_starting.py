"""What the durable client cannot do is told in one error that the triggers know, whatever the SDK raised."""

from __future__ import annotations

import pytest

from adapters.orchestration import OrchestrationUnavailableError, start, start_first
from tests.unit.reviews.hub import MISSING, REVIEW, RUNNING, Hub


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
