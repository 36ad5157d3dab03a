"""Fifty reviews at once on a host that is killed again and again: nothing acknowledged is lost or done twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from threading import Event

import pytest

from adapters.ledger.store import Ledger
from adapters.ledger.table import LedgerTable
from adapters.stored_evidence import stored_evidence
from contracts.names import LEDGER_TABLE
from evidence.checks import first_fault
from local.stack.devhost_process import DevhostProcess
from local.stack.endpoints import Endpoints
from local.stack.eventually import NeverHappenedError, eventually
from local.stack.messages import DECISIONS, REPLIES
from local.stack.reviews import wait_until_finished
from local.stack.running import Stack
from local.stack.subscriber import COMPLETED, completions
from tests.e2e.kill.at_least_once import AtLeastOnceSender, Onlooker
from tests.model.office import FOR_THE_CLOCK, Office, Story
from tests.model.staged_outcome import StagedOutcome
from tests.model.staged_plans import POLICIES
from tests.model.staged_review import StagedOffice

SEED = 20260727
SIMPLE, STAGED, KILLS, LATE_KILLS = 28, 9, 8, 2  # staged ones of each policy
# Together shorter than the 14 days after which requests expire, and before the late kills than any deadline.
SWEEP_HOURS, LONGEST_STEP_HOURS, PAST_ESCALATION_HOURS, LONGEST_LATE_STEP_HOURS, PAST_DEADLINE_HOURS = 0.1, 4, 9, 60, 97


QUARANTINE, REVIEWERS = "decisions-quarantine", ("review-requests", "reviewers")


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"POLICY_FILE": str(Path(__file__).with_name("killed.yaml"))}


def at_work(stories: list[Story], chance: random.Random, calm: Event) -> None:
    """Everybody follows their stories, one step at a time, in whatever order.

    Returns once all are told; when it is calm, also when those that are left wait for the clock.
    """
    waiting = set[Story]()

    def nothing_to_do() -> bool:
        story = chance.choice(stories)
        step = next(story, "told")
        if step == "told":
            stories.remove(story)
        (waiting.add if step == FOR_THE_CLOCK else waiting.discard)(story)
        return not stories or (calm.is_set() and len(waiting) == len(stories))

    eventually(nothing_to_do, "every story is told", seconds=240, interval=0.005)


@contextmanager
def passing(host: DevhostProcess, hours: float) -> Iterator[None]:
    """Time passes meanwhile, as far as it comes before the host is killed."""

    def advance() -> None:
        with suppress(OSError, HTTPException):  # killed
            host.advance(hours)

    with ThreadPoolExecutor(1) as clock:
        passed = clock.submit(advance)
        yield
    passed.result()


def killed_at_any_moment(host: DevhostProcess, chance: random.Random, kills: int, longest_step: float) -> None:
    """Kill and restart, each time after so many lines of the host's log; a host that idles is killed too."""
    for _ in range(kills):
        progress = host.log.count("\n") + chance.randrange(150)
        with passing(host, hours=chance.uniform(0, longest_step)):
            with suppress(NeverHappenedError):
                eventually(
                    lambda progress=progress: host.log.count("\n") >= progress,
                    "the host makes progress",
                    seconds=2,
                    interval=chance.uniform(0.001, 0.05),
                )
            host.kill()
        host.start()


@dataclass(frozen=True, slots=True)
class Day:
    """What was done while the host was killed, and what was answered: to each message, by its id."""

    office: Office
    staged: StagedOffice
    answers: dict[str, set[str]]


def day_of_kills(stack: Stack, host: DevhostProcess, seed: int) -> Day:
    """What is to be decided is decided before its deadline; what is not expires while the host is killed again."""
    service_bus, now = Endpoints.from_devhost(host.state).service_bus, host.advance(0)
    with (
        AtLeastOnceSender(service_bus, DECISIONS) as sender,
        Onlooker(service_bus, lambda client: client.get_queue_receiver(REPLIES)) as replies,
        Onlooker(service_bus, lambda client: client.get_subscription_receiver(*REVIEWERS)) as requests,
    ):
        office = Office(stack, sender)
        staged, kinds, calm = StagedOffice(office, requests, seed), office.stories(), Event()
        simple = [kinds[number % len(kinds)](f"{number}.txt") for number in range(SIMPLE)]
        in_stages = [
            staged.reviewed(f"{policy}/{number}.txt", policy) for policy in POLICIES for number in range(STAGED)
        ]
        stories = [staged.hal_is_away(now), *simple, *in_stages, listening(replies, calm)]

        def answers() -> dict[str, set[str]]:
            found = {message: set[str]() for message in sender.sent}
            for reply in replies.seen():
                found[str(reply.correlation_id)].add(reply.content["answer"])
            return found if all(found.values()) else {}

        with ThreadPoolExecutor(1) as people:
            work = people.submit(at_work, stories, random.Random(seed), calm)  # noqa: S311 no secret
            killed_at_any_moment(host, random.Random(seed + 1), KILLS, LONGEST_STEP_HOURS)  # noqa: S311 no secret
            calm.set()
            work.result()
        while stories:
            host.advance(PAST_ESCALATION_HOURS)
            at_work(stories, random.Random(seed), calm)  # noqa: S311 no secret
        host.advance(SWEEP_HOURS)  # what came before its review waits for its next try
        eventually(answers, "everybody is answered")
        killed_at_any_moment(host, random.Random(seed), LATE_KILLS, LONGEST_LATE_STEP_HOURS)  # noqa: S311 no secret
        return Day(office, staged, answers())


def listening(replies: Onlooker, calm: Event) -> Story:
    """Somebody reads the answers before they expire, a day after they were given."""
    while not calm.is_set():
        replies.seen()
        yield FOR_THE_CLOCK


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # see AtLeastOnceSender
def test_killing_the_host_at_any_moment_loses_nothing_and_does_nothing_twice(
    stack: Stack, host: DevhostProcess
) -> None:
    day = day_of_kills(stack, host, SEED)
    for what, messages in day.office.said.items():
        told = sorted((day.answers[message] for message in messages), key=str)
        assert told == [{"duplicate"}] * (len(told) - 1) + [{"recorded"}], what
    assert [day.answers[message] for message in day.staged.delegations] == [{"recorded"}]

    host.advance(PAST_DEADLINE_HOURS)
    for ending in day.office.endings:
        wait_until_finished(stack, ending.review_id)
    for review in day.staged.reviews:
        wait_until_finished(stack, review.version.review_id)
    asked = stack.messages.peek(*REVIEWERS)
    outcomes = [StagedOutcome.of(review, stack, day.answers, asked) for review in day.staged.reviews]
    endings = [*day.office.endings, *(outcome.ending for outcome in outcomes)]
    assert {outcome.review.version.name: c for outcome in outcomes if (c := outcome.contradictions())} == {}
    assert {ending.review_id: c for ending in endings if (c := ending.contradictions(stack))} == {}
    reviews = {ending.review_id for ending in endings}
    assert {event["id"] for event in stack.events.events() if event["type"] == COMPLETED} == reviews
    assert asyncio.run(unsound(stack, Endpoints.from_devhost(host.state), reviews)) == {}
    places = {place.location for place in stack.documents.blobs()}
    assert places == {ending.location for ending in endings if ending.location}
    assert (stack.ledger.open_reviews(), stack.ledger.outbox()) == ([], [])
    assert stack.messages.peek(DECISIONS) == []
    quarantined = {
        (found.correlation_id, found.properties["refusedBecause"]) for found in stack.messages.peek(QUARANTINE)
    }
    refused = {
        (message, answer) for message, told in day.answers.items() for answer in told - {"recorded", "duplicate"}
    }
    assert refused <= quarantined  # more: killed before it answered, and answered otherwise when the message came again
    assert {message for message, _ in quarantined} <= {
        each for review in day.staged.reviews for each in review.unwelcome
    }
    host.advance(PAST_ESCALATION_HOURS)
    assert len(stack.messages.peek(*REVIEWERS)) == len(asked)  # nobody is told more


async def unsound(stack: Stack, endpoints: Endpoints, reviews: set[str]) -> dict[str, str]:
    """What `compliance verify` finds wrong, by review."""
    found: dict[str, str] = {}
    async with LedgerTable.from_connection_string(endpoints.storage, LEDGER_TABLE) as table:
        for review_id in reviews:
            evidence = await stored_evidence(Ledger(table), review_id)
            assert evidence
            if fault := first_fault(replace(evidence, event=completions(stack.events, review_id)[0])):
                found[review_id] = str(fault)
    return found
