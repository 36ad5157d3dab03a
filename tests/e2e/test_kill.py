"""Fifty reviews at once on a host that is killed again and again: nothing acknowledged is lost or done twice."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from stack.devhost_process import DevhostProcess
from stack.endpoints import Endpoints
from stack.eventually import NeverHappenedError, eventually
from stack.messages import DECISIONS
from stack.reviews import finished
from stack.running import Stack
from stack.subscriber import COMPLETED
from tests.e2e.at_least_once import AtLeastOnceSender
from tests.e2e.office import Office

SEED, REVIEWS, KILLS = 20260727, 50, 10
SWEEP_HOURS, PAST_DEADLINE_HOURS = 0.1, 73


def at_work(office: Office, chance: random.Random) -> None:
    """Everybody follows their stories, one step at a time, in whatever order."""
    kinds = office.stories()
    stories = [kinds[number % len(kinds)](f"{number}.txt") for number in range(REVIEWS)]

    def all_told() -> bool:
        story = chance.choice(stories)
        if next(story, "told") == "told":
            stories.remove(story)
        return not stories

    eventually(all_told, "every story is told", seconds=240, interval=0.02)


def killed_at_any_moment(host: DevhostProcess, chance: random.Random) -> None:
    """Kill and restart, each time after so many lines of the host's log; a host that idles is killed too."""
    for _ in range(KILLS):
        progress = host.log.count("\n") + chance.randrange(60)
        with suppress(NeverHappenedError):
            eventually(
                lambda progress=progress: host.log.count("\n") >= progress,
                "the host makes progress",
                seconds=2,
                interval=chance.uniform(0.001, 0.05),
            )
        host.kill()
        host.start()


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # see AtLeastOnceSender
def test_killing_the_host_at_any_moment_loses_nothing_and_does_nothing_twice(
    stack: Stack, host: DevhostProcess
) -> None:
    with AtLeastOnceSender(Endpoints.from_devhost(host.state).service_bus, DECISIONS) as sender:
        office = Office(stack, sender)
        with ThreadPoolExecutor(1) as people:
            work = people.submit(at_work, office, random.Random(SEED))  # noqa: S311 no secret
            killed_at_any_moment(host, random.Random(SEED + 1))  # noqa: S311 no secret
            work.result()

    answered = {
        what: [{answer["answer"] for answer in _answers(stack, host, message)} for message in messages]
        for what, messages in office.said.items()
    }
    for what, answers in answered.items():
        assert sorted(answers, key=str) == [{"duplicate"}] * (len(answers) - 1) + [{"recorded"}], what

    host.advance(SWEEP_HOURS)
    host.advance(PAST_DEADLINE_HOURS)
    for ending in office.endings:
        finished(stack, ending.review_id)
    assert {e.review_id: c for e in office.endings if (c := e.contradictions(stack))} == {}
    reviews = {ending.review_id for ending in office.endings}
    assert {event["id"] for event in stack.events.events() if event["type"] == COMPLETED} == reviews
    places = {place.location for place in stack.documents.everywhere()}
    assert places == {ending.location for ending in office.endings if ending.location}
    assert (stack.ledger.open_reviews(), stack.ledger.outbox()) == ([], [])
    assert [stack.messages.peek(queue) for queue in (DECISIONS, "decisions-quarantine")] == [[], []]


def _answers(stack: Stack, host: DevhostProcess, message: str) -> list[dict[str, str]]:
    """All answers to a decision; one that came before its review may wait for its next try."""
    try:
        return stack.messages.answers(message, seconds=2)
    except NeverHappenedError:
        host.advance(SWEEP_HOURS)
        return stack.messages.answers(message)
