"""Thirty reviews at once on a host that is killed again and again: nothing acknowledged is lost or done twice.

And reviews whose storage or ledger is restored between the kills: what was lost comes again, or a person decides it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.client import HTTPException
from itertools import product
from pathlib import Path
from threading import Event

import pytest

from adapters.ledger.store import Ledger
from adapters.ledger.table import LedgerTable
from adapters.stored_evidence import stored_evidence
from cli.doctor.parts import QUEUES
from cli.failures import ExitCode
from contracts.names import LEDGER_TABLE
from evidence.checks import first_fault
from local.stack.devhost_process import DevhostProcess
from local.stack.endpoints import Endpoints
from local.stack.eventually import NeverHappenedError, eventually
from local.stack.messages import DECISIONS, REPLIES, RETRIES
from local.stack.reviews import wait_until_finished
from local.stack.running import Stack
from local.stack.subscriber import COMPLETED, completions
from tests.cli.running import Compliance
from tests.e2e.kill.reconnecting import AtLeastOnceSender, PeekingReceiver
from tests.e2e.kill.restored_documents import FOLDERS, RestoredDocuments, proved_verdicts
from tests.e2e.kill.storage_moments import StorageMoments
from tests.model.staged_outcome import StagedOutcome
from tests.model.staged_plans import POLICIES
from tests.model.staged_scripts import StagedScripts
from tests.model.user_scripts import Script, UserScripts, Waiting

SEED = 20260727
SIMPLE, STAGED, KILLS, LATE_KILLS = 14, 5, 4, 1  # staged ones of each policy
# Together shorter than the 14 days after which requests expire, and before the late kills than any deadline.
SWEEP_HOURS, LONGEST_STEP_HOURS, PAST_ESCALATION_HOURS, LONGEST_LATE_STEP_HOURS, PAST_DEADLINE_HOURS = 0.1, 4, 9, 60, 97
QUARANTINE, REVIEWERS = "decisions-quarantine", ("review-requests", "reviewers")


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"POLICY_FILE": str(Path(__file__).with_name("killed.yaml"))}


def run_scripts(scripts: list[Script], chance: random.Random, host_is_calm: Event) -> None:
    """Advance the scripts in random order, one step at a time, and remove those that are done.

    Returns once all are done or, if the host is calm, once those that are left wait for the clock.
    """
    waiting_for_clock = set[Script]()

    def nothing_to_do() -> bool:
        script = chance.choice(scripts)
        waiting = next(script, None)
        if waiting is None:
            scripts.remove(script)
        (waiting_for_clock.add if waiting is Waiting.FOR_THE_CLOCK else waiting_for_clock.discard)(script)
        return not scripts or (host_is_calm.is_set() and len(waiting_for_clock) == len(scripts))

    eventually(nothing_to_do, "every script is done", seconds=900, interval=0.005)


@contextmanager
def advancing(host: DevhostProcess, hours: float) -> Iterator[None]:
    """Advance host time meanwhile, unless the host is killed before."""

    def advance() -> None:
        with suppress(OSError, HTTPException):  # killed
            host.advance(hours)

    with ThreadPoolExecutor(1) as clock:
        advanced = clock.submit(advance)
        yield
    advanced.result()


def kill_repeatedly(host: DevhostProcess, chance: random.Random, kills: int, longest_step: float) -> None:
    """Kill and restart the host, each time after some lines of its log or, if it is idle, after two seconds."""
    for _ in range(kills):
        with advancing(host, hours=chance.uniform(0, longest_step)):
            make_progress(host, chance)
            host.kill()
        host.start()


def make_progress(host: DevhostProcess, chance: random.Random) -> None:
    """Wait for some lines of the host's log or, if it is idle, for two seconds."""
    lines = host.log.count("\n") + chance.randrange(150)
    with suppress(NeverHappenedError):
        eventually(
            lambda: host.log.count("\n") >= lines,
            "the host makes progress",
            seconds=2,
            interval=chance.uniform(0.001, 0.05),
        )


@dataclass(frozen=True, slots=True)
class KillRun:
    """The scripts that ran while the host was killed, and the answers to each message, by its id."""

    users: UserScripts
    staged: StagedScripts
    answers: dict[str, set[str]]


def run_while_killing(stack: Stack, host: DevhostProcess, seed: int) -> KillRun:
    """Run all scripts before any deadline while killing the host; kill it again while the undecided reviews expire."""
    service_bus, now = Endpoints.from_devhost(host.state).service_bus, host.advance(0)
    with (
        AtLeastOnceSender(service_bus, DECISIONS) as sender,
        PeekingReceiver(service_bus, lambda client: client.get_queue_receiver(REPLIES)) as replies,
        PeekingReceiver(service_bus, lambda client: client.get_subscription_receiver(*REVIEWERS)) as requests,
    ):
        users = UserScripts(stack, sender)
        staged, kinds, host_is_calm = StagedScripts(users, requests, seed), users.kinds(), Event()
        simple = [kinds[number % len(kinds)](f"{number}.txt") for number in range(SIMPLE)]
        in_stages = [
            staged.follow_plan(f"{policy}/{number}.txt", policy) for policy in POLICIES for number in range(STAGED)
        ]
        scripts = [staged.delegate_for_hal(now), *simple, *in_stages, read_replies(replies, host_is_calm)]

        def answers() -> dict[str, set[str]]:
            found = {message: set[str]() for message in sender.sent}
            for reply in replies.peek():
                found[str(reply.correlation_id)].add(reply.content["answer"])
            return found if all(found.values()) else {}

        with ThreadPoolExecutor(1) as people:
            work = people.submit(run_scripts, scripts, random.Random(seed), host_is_calm)  # noqa: S311 no secret
            kill_repeatedly(host, random.Random(seed + 1), KILLS, LONGEST_STEP_HOURS)  # noqa: S311 no secret
            host_is_calm.set()
            work.result()
        while scripts:
            host.advance(PAST_ESCALATION_HOURS)
            run_scripts(scripts, random.Random(seed), host_is_calm)  # noqa: S311 no secret
        host.advance(SWEEP_HOURS)  # what came before its review waits for its next try
        eventually(answers, "everybody is answered")
        kill_repeatedly(host, random.Random(seed), LATE_KILLS, LONGEST_LATE_STEP_HOURS)  # noqa: S311 no secret
        return KillRun(users, staged, answers())


def read_replies(replies: PeekingReceiver, host_is_calm: Event) -> Script:
    """Read the answers before they expire, a day after they were given."""
    while not host_is_calm.is_set():
        replies.peek()
        yield Waiting.FOR_THE_CLOCK


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # see AtLeastOnceSender
def test_killing_the_host_at_any_moment_loses_nothing_and_does_nothing_twice(
    stack: Stack, host: DevhostProcess
) -> None:
    run = run_while_killing(stack, host, SEED)
    for key, messages in run.users.sent.items():
        answers = sorted((run.answers[message] for message in messages), key=str)
        assert answers == [{"duplicate"}] * (len(answers) - 1) + [{"recorded"}], key
    assert [run.answers[message] for message in run.staged.delegations] == [{"recorded"}]

    host.advance(PAST_DEADLINE_HOURS)
    for ending in run.users.endings:
        wait_until_finished(stack, ending.review_id)
    for review in run.staged.reviews:
        wait_until_finished(stack, review.version.review_id)
    asked = stack.messages.peek(*REVIEWERS)
    outcomes = [StagedOutcome.of(review, stack, run.answers, asked) for review in run.staged.reviews]
    endings = [*run.users.endings, *(outcome.ending for outcome in outcomes)]
    assert {outcome.review.version.name: c for outcome in outcomes if (c := outcome.contradictions())} == {}
    assert {ending.review_id: c for ending in endings if (c := ending.contradictions(stack))} == {}
    reviews = {ending.review_id for ending in endings}
    assert {event["id"] for event in stack.events.events() if event["type"] == COMPLETED} == reviews
    assert asyncio.run(evidence_faults(stack, Endpoints.from_devhost(host.state), reviews)) == {}
    places = {place.location for place in stack.documents.blobs()}
    assert places == {ending.location for ending in endings if ending.location}
    assert (stack.ledger.open_reviews(), stack.ledger.outbox()) == ([], [])
    assert "on_decision_retried" in host.log
    left = {
        queue: stack.messages.peek(queue)
        for each in (DECISIONS, RETRIES)
        for queue in (each, f"{each}/$deadletterqueue")
    }
    assert {queue: messages for queue, messages in left.items() if messages} == {}
    quarantined = {
        (found.correlation_id, found.properties["refusedBecause"]) for found in stack.messages.peek(QUARANTINE)
    }
    refused = {
        (message, answer) for message, answers in run.answers.items() for answer in answers - {"recorded", "duplicate"}
    }
    assert refused <= quarantined  # more: killed before it answered, and answered otherwise when the message came again
    assert {message for message, _ in quarantined} <= {
        each for review in run.staged.reviews for each in review.may_be_refused
    }
    host.advance(PAST_ESCALATION_HOURS)
    assert len(stack.messages.peek(*REVIEWERS)) == len(asked)  # nobody is told more


async def evidence_faults(stack: Stack, endpoints: Endpoints, reviews: set[str]) -> dict[str, str]:
    """Return what `compliance verify` finds wrong, by review."""
    found: dict[str, str] = {}
    async with LedgerTable.from_connection_string(endpoints.storage, LEDGER_TABLE) as table:
        for review_id in reviews:
            evidence = await stored_evidence(Ledger(table), review_id)
            assert evidence
            if fault := first_fault(replace(evidence, event=completions(stack.events, review_id)[0])):
                found[review_id] = str(fault)
    return found


def kill_with_storage(stack: Stack, moments: StorageMoments, chance: random.Random) -> None:
    """Kill the host in the middle of something; storage ends, too, and saves."""
    assert stack.host
    make_progress(stack.host, chance)
    stack.kill_host()
    moments.end_azurite()


def sweep_and_kill(stack: Stack, chance: random.Random) -> None:
    """Let the sweep begin to repair what a restore has left, and kill the host in the middle of it."""
    assert stack.host
    with advancing(stack.host, SWEEP_HOURS):
        make_progress(stack.host, chance)
        stack.kill_host()
    stack.host.start()


def repair_what_doctor_names(host: DevhostProcess, documents: RestoredDocuments) -> None:
    """Repair what `compliance doctor` finds: one trouble for each review, with this command against it."""
    compliance = Compliance(host.state / "local.settings.json")
    doctor = ("doctor", "--published", "--patience", "0", "--json", *(f"--skip={queue}" for queue in QUEUES))
    found = [(each["trouble"], each["where"], each["remedy"]) for each in compliance(*doctor).json()["findings"]]
    named = [documents.review_at(where) for _, where, _ in found]
    assert len(named) == len(set(named)) > 0, found
    for trouble, review in zip(found, named, strict=True):
        assert "`compliance repair REVIEW`" in trouble[-1], found
        ended = compliance("repair", review, "--as", "olga@example.org", "--comment", "restored")
        assert ended.code == ExitCode.DONE, (trouble, ended)
    host.advance(SWEEP_HOURS)
    assert compliance(*doctor).json()["findings"] == []


def test_restores_of_storage_or_ledger_alone_among_the_kills_lose_and_contradict_nothing(
    stack: Stack, host: DevhostProcess, tmp_path: Path
) -> None:
    chance = random.Random(SEED)  # noqa: S311 no secret
    documents, moments = RestoredDocuments(stack), StorageMoments(host.state, tmp_path)
    for folder, outcome in product(FOLDERS, ("approved", "rejected", "withdrawn", "expired")):
        documents.submit(f"{folder}{outcome}.txt", outcome)
    documents.wait_until_asked()
    kill_with_storage(stack, moments, chance)
    moments.keep("asked")
    host.start()

    documents.decide(documents.everything[::2])
    kill_with_storage(stack, moments, chance)
    moments.keep("deciding")
    moments.put_back("asked", "blobs")  # what was moved since lies at its source again
    host.start()
    endpoints = Endpoints.from_devhost(host.state)
    proved = proved_verdicts(endpoints)
    sweep_and_kill(stack, chance)
    documents.decide()
    host.advance(SWEEP_HOURS)
    documents.see_closed()
    documents.replace_published()
    documents.wait_until_asked()
    documents.decide()

    kill_with_storage(stack, moments, chance)
    moments.put_back("deciding", "tables")  # which know none of the second versions
    host.start()
    proved |= proved_verdicts(endpoints)
    sweep_and_kill(stack, chance)
    for _ in range(3):  # a lost review is opened again, an orchestration ended and started again
        host.advance(SWEEP_HOURS)
        documents.decide()
    host.advance(PAST_DEADLINE_HOURS)
    repair_what_doctor_names(host, documents)

    assert documents.contradictions(proved | proved_verdicts(endpoints)) == {}
    assert documents.misplaced() == []
    assert documents.faults(endpoints) == {}
