"""Generated orders of decisions, redeliveries, deadline, overwriting and withdrawal, many documents at once."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

import pytest

from local.stack.devhost_process import DevhostProcess
from local.stack.running import Stack
from tests.model.generated_orders import Burst, stories
from tests.model.performing import Performance

SEED, STORIES = 20261121, 40


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"POLICY_FILE": str(Path(__file__).with_name("policies.yaml"))}


def perform(told: list[Performance], acts: list[list[Burst]]) -> None:
    """Every story's next burst at once, then what came of each."""
    for bursts in zip_longest(*acts, fillvalue=()):
        for performance, burst in zip(told, bursts, strict=True):
            performance.say(burst)
        for performance, burst in zip(told, bursts, strict=True):
            if burst:
                performance.listen(burst)


def test_generated_orders_end_as_the_model_says(stack: Stack, host: DevhostProcess, folder: str) -> None:
    generated = enumerate(stories(SEED, STORIES))
    told = [Performance(stack, story, f"{story.policy}/{folder}/{number}.txt") for number, story in generated]
    for performance in told:
        performance.upload()
    for performance in told:
        performance.wait_until_asked()

    perform(told, [performance.story.before for performance in told])
    for performance in told:
        performance.schedule()
    host.advance(hours=73)
    for performance in told:
        performance.listen_back()
    perform(told, [performance.story.after for performance in told])
    host.advance(hours=73)

    assert [found for performance in told for found in performance.contradictions()] == []
    outcomes = {outcome for performance in told for outcome, _ in performance.story.endings()}
    assert outcomes == {"approved", "rejected", "expired", "withdrawn", "superseded"}
