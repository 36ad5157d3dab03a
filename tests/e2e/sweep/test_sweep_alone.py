"""No event reaches this app: the sweep alone finds what lies in `pending`, and what a dying opener left undone."""

from __future__ import annotations

import hashlib

import pytest

from compliance.review import Head
from contracts.names import DOCUMENT_REVIEW, PENDING
from local.stack.devhost_process import DevhostProcess, UploadRoute
from local.stack.endpoints import Endpoints
from local.stack.eventually import eventually
from local.stack.messages import DECISIONS
from local.stack.reviews import wait_until_asked, wait_until_finished
from local.stack.running import Stack
from local.stack.subscriber import completions
from tests.e2e.submitting import ANN, SAM, Submitted
from tests.e2e.sweep.dying_app import DyingApp, unopened
from tests.e2e.sweep.orchestrations import Orchestrations
from tests.e2e.sweep.sweeping import repairs, sweep

NO_ROAD = {"AzureWebJobs.on_document_uploaded.Disabled": "true"}
WRONG_KEY = {"EventGridTopic__topicKey": "d3Jvbmc="}
FEW_SECONDS = 30 / 3600


@pytest.fixture(scope="module")
def upload_route() -> UploadRoute:
    """No events of blobs, and the blob trigger is disabled."""
    return "trigger"


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return NO_ROAD


@pytest.fixture(scope="module", autouse=True)
def swept(stack: Stack) -> None:
    """No sweep by itself comes in between for the next five minutes."""
    if stack.host:
        sweep(stack.host)


@pytest.fixture
def app(host: DevhostProcess) -> DyingApp:
    return DyingApp(Endpoints.from_devhost(host.state))


def upload(stack: Stack, name: str, content: bytes) -> tuple[Submitted, Head]:
    """Upload a document that the app does not notice. Return it with the review that is to be opened."""
    etag = stack.documents.upload(name, content, {"submitter": SAM})
    head = unopened(PENDING, name, etag, SAM)
    return Submitted(name, hashlib.sha256(content).hexdigest(), head.review_id), head


def waiting(stack: Stack, host: DevhostProcess, *names: str) -> list[Submitted]:
    """Documents that their reviewers were asked about."""
    documents = [upload(stack, name, name.encode())[0] for name in names]
    sweep(host)
    for document in documents:
        wait_until_asked(stack, document.review_id)
    return documents


def restart(stack: Stack, host: DevhostProcess, settings: dict[str, str] | None = None) -> None:
    host.settings = NO_ROAD | (settings or {})
    stack.kill_host()
    host.start()


def approve(stack: Stack, document: Submitted) -> None:
    message = stack.messages.decide(document.review_id, "approve", ANN)
    assert stack.messages.answer(message)["answer"] == "recorded"


def test_a_document_without_a_review_gets_one(stack: Stack, host: DevhostProcess, folder: str) -> None:
    (document,) = waiting(stack, host, f"{folder}/a.txt")
    assert repairs(host, document.review_id) == {"review_opened": 1}
    approve(stack, document)
    wait_until_finished(stack, document.review_id)

    assert document.published((ANN, "approve")).contradictions(stack) == []


@pytest.mark.parametrize("done", range(5), ids=["nothing", "open row", "index row", "head", "orchestration"])
def test_an_opening_that_broke_off_anywhere_is_completed(
    stack: Stack, host: DevhostProcess, app: DyingApp, folder: str, done: int
) -> None:
    """What is left to do in the last case: to ask the older review of the name whether it still holds."""
    (older,) = waiting(stack, host, f"{folder}/a.txt")
    newer, head = upload(stack, older.name, b"other bytes")
    for write in (
        lambda ledger: ledger.unfinished.put(head),
        lambda ledger: ledger.names.put(head),
        lambda ledger: ledger.insert(head),
    )[:done]:
        app.write(write)
    if done == 4:
        Orchestrations(host.state).start(DOCUMENT_REVIEW, newer.review_id)
    sweep(host)
    wait_until_finished(stack, older.review_id)
    wait_until_asked(stack, newer.review_id)
    if done == 4:
        assert repairs(host, older.review_id)["review_superseded"] == 1
    approve(stack, newer)
    wait_until_finished(stack, newer.review_id)
    endings = [older.superseded(), newer.published((ANN, "approve"))]

    assert [ending.contradictions(stack) for ending in endings] == [[], []]


def test_what_event_grid_refused_is_announced_once_it_accepts_again(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    (document,) = waiting(stack, host, f"{folder}/a.txt")
    restart(stack, host, WRONG_KEY)
    approve(stack, document)
    malformed = stack.messages.send(DECISIONS, b"not JSON")
    assert stack.messages.answer(malformed)["answer"] == "malformed"
    eventually(lambda: (stack.ledger.head(document.review_id) or {})["state"] == "closed", "the review is closed")
    host.advance(FEW_SECONDS)  # in which it tries again to announce it
    assert Orchestrations(host.state).status(document.review_id) == "Failed"
    (refusal,) = stack.ledger.outbox()
    assert (completions(stack.events, document.review_id), stack.ledger.open_reviews()) == ([], [document.review_id])

    restart(stack, host)
    sweep(host)
    wait_until_finished(stack, document.review_id)
    assert document.published((ANN, "approve")).contradictions(stack) == []
    assert repairs(host, document.review_id)["outcome_announced"] == 1
    eventually(lambda: refusal["RowKey"] in {event["id"] for event in stack.events.events()}, "the refusal is received")
    assert stack.ledger.outbox() == []


def test_every_open_review_survives_the_loss_of_the_whole_task_hub(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    names = [f"{folder}/{outcome}.txt" for outcome in ("approved", "rejected", "expired")]
    approved, rejected, expired = waiting(stack, host, *names)
    deadline = wait_until_asked(stack, expired.review_id)["deadline"]
    stack.kill_host()
    for file in host.state.glob("durable.db*"):
        file.unlink()
    host.start()
    stack.messages.answer(stack.messages.decide(rejected.review_id, "reject", ANN))
    sweep(host)
    approve(stack, approved)
    wait_until_finished(stack, approved.review_id)
    assert wait_until_asked(stack, expired.review_id)["deadline"] == deadline
    host.advance(hours=73)
    endings = [
        approved.published((ANN, "approve")),
        rejected.archived("rejected", (ANN, "reject")),
        expired.archived("expired"),
    ]
    for ending in endings:
        wait_until_finished(stack, ending.review_id)
    assert [ending.contradictions(stack) for ending in endings] == [[], [], []]
    for ending in endings:
        events = [row["event"] for row in stack.ledger.audit(ending.review_id)]
        assert events.count("review_restarted") == repairs(host, ending.review_id)["orchestration_started"] == 1
