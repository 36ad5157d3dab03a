"""The sweep makes orchestrations, events and announcements agree with the ledger again, whatever has been lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Literal

import pytest

from adapters.ledger.rows import OutboxEvent
from cli.doctor.parts import QUEUES
from contracts.names import DOCUMENT_REVIEW
from local.stack.devhost_process import DevhostProcess
from local.stack.endpoints import Endpoints
from local.stack.eventually import eventually
from local.stack.reviews import wait_until_asked, wait_until_finished
from local.stack.running import Stack
from tests.cli.running import Compliance
from tests.e2e.submitting import ANN, SAM, Submitted, submit
from tests.e2e.sweep.dying_app import DyingApp, unopened
from tests.e2e.sweep.orchestrations import Orchestrations
from tests.e2e.sweep.sweeping import failures, repairs, sweep

Damage = Literal["missing", "failed", "terminated"]
FEW_SECONDS = 15 / 3600


@pytest.fixture(scope="module", autouse=True)
def swept(stack: Stack) -> None:
    """No sweep by itself comes between a damage and the test's own sweep for the next five minutes."""
    if stack.host:
        sweep(stack.host)


@pytest.fixture
def app(host: DevhostProcess) -> DyingApp:
    return DyingApp(Endpoints.from_devhost(host.state))


@pytest.fixture
def orchestrations(host: DevhostProcess) -> Orchestrations:
    return Orchestrations(host.state)


@pytest.fixture
def document(stack: Stack, host: DevhostProcess, folder: str) -> Submitted:
    """Submit a document and wait until its reviewers were asked and both routes have opened it.

    An opener that is still on its way would start a lost orchestration before the sweep does.
    """
    rules = submit(stack, folder, "house-rules.txt")
    wait_until_asked(stack, rules.review_id)
    host.advance(0)  # which waits until nothing is under way
    return rules


@pytest.fixture(params=["missing", "failed", "terminated"])
def lose_orchestration(
    request: pytest.FixtureRequest, host: DevhostProcess, app: DyingApp, orchestrations: Orchestrations
) -> Callable[[str], None]:
    damage: Damage = request.param

    def lose(review_id: str) -> None:
        orchestrations.terminate(review_id)
        if damage == "missing":
            orchestrations.purge(review_id)
        if damage == "failed":
            with app.unreadable(review_id, "head"):
                orchestrations.start(DOCUMENT_REVIEW, review_id)
                host.advance(FEW_SECONDS)  # in which it tries again
        assert (orchestrations.status(review_id) or "missing").lower() == damage

    return lose


def restarts(stack: Stack, document: Submitted) -> int:
    """Return how often the review was started again, by its audit trail."""
    return [row["event"] for row in stack.ledger.audit(document.review_id)].count("review_restarted")


def test_a_review_that_waits_goes_on_without_its_lost_orchestration(
    stack: Stack, host: DevhostProcess, document: Submitted, lose_orchestration: Callable[[str], None]
) -> None:
    deadline = wait_until_asked(stack, document.review_id)["deadline"]
    lose_orchestration(document.review_id)
    sweep(host)
    assert wait_until_asked(stack, document.review_id)["deadline"] == deadline
    assert repairs(host, document.review_id)["orchestration_started"] == 1
    assert restarts(stack, document) == 1
    stack.messages.decide(document.review_id, "reject", ANN)
    wait_until_finished(stack, document.review_id)

    assert document.archived("rejected", (ANN, "reject")).contradictions(stack) == []


def test_a_name_with_which_no_listing_succeeds_stops_no_repair(
    stack: Stack, host: DevhostProcess, document: Submitted, orchestrations: Orchestrations
) -> None:
    orchestrations.terminate(document.review_id)
    stack.documents.upload("\ufffe.pdf", b"XML cannot hold this name, so storage answers each listing with 500", {})
    try:
        sweep(host)
        assert repairs(host, document.review_id)["orchestration_started"] == 1
        assert failures(host) == 1
    finally:
        stack.documents.delete("\ufffe.pdf")


def test_what_was_decided_is_carried_out_without_the_lost_orchestration(
    stack: Stack, host: DevhostProcess, document: Submitted, lose_orchestration: Callable[[str], None]
) -> None:
    lose_orchestration(document.review_id)
    message = stack.messages.decide(document.review_id, "approve", ANN)
    assert stack.messages.answer(message)["answer"] == "recorded"
    sweep(host)
    wait_until_finished(stack, document.review_id)

    assert document.published((ANN, "approve")).contradictions(stack) == []


def test_a_decision_whose_event_was_lost_is_carried_out(
    stack: Stack, host: DevhostProcess, document: Submitted, app: DyingApp
) -> None:
    app.approve(document.review_id, ANN)
    sweep(host)
    wait_until_finished(stack, document.review_id)

    assert document.published((ANN, "approve")).contradictions(stack) == []
    assert repairs(host, document.review_id)["orchestration_woken"] == 1
    assert restarts(stack, document) == 0


def test_a_review_that_cannot_be_repaired_does_not_keep_the_others_from_it(
    stack: Stack, host: DevhostProcess, document: Submitted, app: DyingApp, folder: str
) -> None:
    other = submit(stack, folder, "price-list.csv")
    wait_until_asked(stack, other.review_id)
    for each in (document, other):
        app.approve(each.review_id, ANN)
    first, last = sorted((document, other), key=lambda each: each.review_id)
    etag = stack.documents.upload(f"{folder}/plan.txt", b"a plan", container="submissions")
    unwritten = unopened("submissions", f"{folder}/plan.txt", etag, SAM)
    app.write(lambda ledger: ledger.unfinished.put(unwritten))
    with app.unreadable(first.review_id, "head"), app.unreadable("open", unwritten.review_id):
        sweep(host)
        wait_until_finished(stack, last.review_id)
        assert failures(host) == 2
    sweep(host)
    assert failures(host) == 0
    wait_until_finished(stack, first.review_id)
    wait_until_asked(stack, unwritten.review_id)

    assert [each.published((ANN, "approve")).contradictions(stack) for each in (first, last)] == [[], []]


def test_a_row_without_a_head_is_all_that_opening_needs(
    stack: Stack, host: DevhostProcess, app: DyingApp, folder: str
) -> None:
    name = f"{folder}/plan.txt"
    etag = stack.documents.upload(name, b"a plan", container="submissions")
    head = unopened("submissions", name, etag, SAM)
    app.write(lambda ledger: ledger.unfinished.put(head))
    sweep(host)
    assert wait_until_asked(stack, head.review_id)["submitter"] == SAM
    assert repairs(host, head.review_id) == {"review_written": 1}
    stack.messages.decide(head.review_id, "approve", ANN)

    assert wait_until_finished(stack, head.review_id)["outcome"] == "approved"


def test_an_event_that_was_never_sent_leaves_the_outbox(
    stack: Stack, host: DevhostProcess, app: DyingApp, folder: str
) -> None:
    before = repairs(host, None)["event_sent"]
    event = OutboxEvent(id=folder, type="compliance.decision.refused.v1", subject="/reviews", data={})
    app.write(lambda ledger: ledger.outbox.put(event))
    sweep(host)
    eventually(lambda: [each for each in stack.events.events() if each["id"] == folder], "the event is received")

    assert stack.ledger.outbox() == []
    assert repairs(host, None)["event_sent"] == before + 1


def test_the_doctor_finds_an_orchestration_that_is_lost_or_suspended(
    host: DevhostProcess, document: Submitted, orchestrations: Orchestrations
) -> None:
    doctor = Compliance(host.state / "local.settings.json")
    without_queues = [f"--skip={queue}" for queue in QUEUES]  # opening one takes the SDK a second

    def troubles(url: str = orchestrations.url) -> list[tuple[str, str]]:
        report = doctor("doctor", "--json", "--patience", "0", "--durable-api", url, *without_queues).json()
        assert "orchestrations" not in {each["what"] for each in report["couldNotLookAt"] + report["notLookedAt"]}
        return [(each["trouble"], each["cause"]) for each in report["findings"] if each["where"] == document.review_id]

    without_key = json.loads((host.state / "endpoints.json").read_text())["http"] + "/durabletask"
    assert troubles(without_key) == []
    orchestrations.suspend(document.review_id)
    assert troubles() == [("orchestration_suspended", "its orchestration is suspended")]
    orchestrations.terminate(document.review_id)
    assert troubles() == [("orchestration_lost", "its orchestration is terminated, but the review is not finished")]
    orchestrations.purge(document.review_id)
    assert troubles() == [("orchestration_lost", "its orchestration is missing, but the review is not finished")]
    sweep(host)
    assert troubles() == []
