"""Storage and Event Grid that fail for a while, and messages on which the app crashes: nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from local.stack.eventually import PATIENCE, eventually
from local.stack.messages import COMMANDS, DECISIONS, RETRIES, SUBMISSIONS, Message
from local.stack.reviews import wait_until_asked, wait_until_finished
from local.stack.running import Stack
from local.stack.subscriber import completions
from tests.e2e.faults.canaries import Canaries
from tests.e2e.faults.faults import Fault, Requests
from tests.e2e.faults.faulty_stack import FaultyStack
from tests.e2e.faults.refusing_topic import RefusingTopic
from tests.e2e.faults.secret_visitor import SecretVisitor
from tests.e2e.submitting import ANN, BEN, SAM, SAMPLES, Submitted, submit
from tests.front_door import DOOR, settings_that_sign

MINUTE, SECOND = 1 / 60, 1 / 3600  # hours
DELIVERIES = 10  # local/servicebus.json, MaxDeliveryCount


@pytest.fixture(scope="module")
def topic() -> Iterator[RefusingTopic]:
    with RefusingTopic() as topic:
        yield topic


@pytest.fixture(scope="module")
def settings(topic: RefusingTopic, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    signing = settings_that_sign(tmp_path_factory.mktemp("front-door"))
    return {"EventGridTopic__topicEndpointUri": topic.url, **signing}


@pytest.fixture(autouse=True)
def reachable(topic: RefusingTopic, proxied: FaultyStack) -> Iterator[None]:
    topic.state = proxied.host.state
    yield
    topic.refusing = False


def waiting(stack: Stack, folder: str, content: bytes | None = None) -> Submitted:
    """Submit a document and wait until its reviewers were asked and the app has finished with it.

    To ask them, it also reads the other reviews of the same bytes.
    """
    rules = submit(stack, folder, "house-rules.txt", content)
    wait_until_asked(stack, rules.review_id)
    eventually(lambda: stack.ledger.is_listed_as_asked(rules.review_id), "the review is listed as asked")
    return rules


def crash_on(faulty: FaultyStack, document: Submitted, times: int | None) -> Fault:
    """Crash the app whenever it reads this review together with its decisions, which it must do for the next change."""
    reads = Requests(service="table", method="GET", path="/ledger()", query=document.review_id)
    crash = faulty.proxy.answer_nonsense(reads, times)  # before the touch: a read in between would be remembered
    faulty.stack.ledger.touch(document.review_id)
    return crash


def kept(stack: Stack, quarantine: str, message: str) -> list[Message]:
    """Wait until a quarantine holds a message, and return its copies there."""

    def found() -> list[Message]:
        return [each for each in stack.messages.peek(quarantine) if each.correlation_id == message]

    return eventually(found, f"{quarantine} keeps message {message}")


def tries(stack: Stack, message: str) -> int:
    """Return how often a decision was put off so far."""
    copies = [each.properties.get("tryCount", 0) for each in stack.messages.peek(RETRIES) if each.message_id == message]
    return max(copies, default=0)


def test_storage_that_answers_500_for_half_a_minute_loses_no_decision(faulty: FaultyStack, folder: str) -> None:
    stack = faulty.stack
    approved, rejected, withdrawn = (waiting(stack, folder + each) for each in ("-a", "-b", "-c"))
    outage = faulty.proxy.answer(Requests(), status=500, times=None)
    withdrawal = {"type": "ReviewWithdrawnV1", "reviewId": withdrawn.review_id, "by": SAM, "reason": "too early"}
    sent = [
        stack.messages.decide(approved.review_id, "approve", ANN),
        stack.messages.decide(rejected.review_id, "reject", BEN),
        stack.messages.send(DECISIONS, json.dumps(withdrawal).encode()),
    ]
    eventually(lambda: all(tries(stack, message) for message in sent), "all decisions were put off")
    faulty.host.advance(30 * SECOND)
    assert all(tries(stack, message) >= 3 for message in sent)  # after 0, 2 and 12 seconds
    outage.lift()
    faulty.host.advance(10 * MINUTE)
    assert [stack.messages.answer(message)["answer"] for message in sent] == ["recorded"] * 3
    for document in (approved, rejected, withdrawn):
        wait_until_finished(stack, document.review_id)

    assert approved.published((ANN, "approve")).contradictions(stack) == []
    assert rejected.archived("rejected", (BEN, "reject")).contradictions(stack) == []
    assert withdrawn.archived("withdrawn").contradictions(stack) == []


@pytest.mark.parametrize(
    ("queue", "times"),
    [(DECISIONS, DELIVERIES), (DECISIONS, None), (RETRIES, None)],
    ids=["until-it-is-dead-lettered", "for-good", "on-the-copy-for-good"],
)
def test_a_decision_on_which_the_app_crashes_is_answered_and_kept_and_can_be_sent_again(
    faulty: FaultyStack, folder: str, queue: str, times: int | None
) -> None:
    stack, rules = faulty.stack, waiting(faulty.stack, folder)
    crash = crash_on(faulty, rules, times)
    said = {"decisionId": folder, "reviewId": rules.review_id, "decision": "approve", "reviewer": ANN}
    message = stack.messages.send(queue, json.dumps(said).encode())
    assert stack.messages.answer(message)["answer"] == "not_processed"
    assert crash.happened >= DELIVERIES
    crash.lift()
    (quarantined,) = kept(stack, "decisions-quarantine", message)
    assert quarantined.properties["refusedBecause"] == "not_processed"
    assert stack.ledger.decisions(rules.review_id) == []
    again = stack.messages.send(DECISIONS, quarantined.body)
    assert stack.messages.answer(again)["answer"] == "recorded"
    wait_until_finished(stack, rules.review_id)
    assert rules.published((ANN, "approve")).contradictions(stack) == []
    eventually(lambda: not stack.messages.peek(f"{queue}/$deadletterqueue"), "no queue grows unread")


def test_a_decision_recorded_before_the_crash_and_dead_lettered_after_it_is_answered_as_recorded(
    faulty: FaultyStack, folder: str
) -> None:
    stack, rules = faulty.stack, waiting(faulty.stack, folder)
    transaction = Requests(service="table", method="POST", path="/$batch", body=rules.review_id)
    recorded = faulty.proxy.pause(transaction, after=True)
    message = stack.messages.decide(rules.review_id, "approve", ANN)
    assert recorded.reached.wait(PATIENCE)
    stack.messages.disconnect()
    faulty.host.kill()
    recorded.drop()
    crash = crash_on(faulty, rules, DELIVERIES)
    faulty.host.start()
    assert [each["answer"] for each in stack.messages.answers(message)] == ["recorded"]
    assert crash.happened == DELIVERIES
    wait_until_finished(stack, rules.review_id)

    assert rules.published((ANN, "approve")).contradictions(stack) == []
    assert [each for each in stack.messages.peek("decisions-quarantine") if each.correlation_id == message] == []


def test_a_command_on_which_the_app_crashes_is_answered_and_kept(faulty: FaultyStack, folder: str) -> None:
    stack, rules = faulty.stack, waiting(faulty.stack, folder)
    stack.messages.decide(rules.review_id, "approve", ANN)
    wait_until_finished(stack, rules.review_id)
    crash = crash_on(faulty, rules, None)
    command = {"type": "AnnounceOutcomeV1", "reviewId": rules.review_id, "by": ANN, "reason": "again"}
    message = stack.messages.send(COMMANDS, json.dumps(command).encode())

    assert stack.messages.answer(message)["answer"] == "not_processed"
    assert crash.happened >= DELIVERIES
    crash.lift()
    (quarantined,) = kept(stack, "commands-quarantine", message)
    assert quarantined.properties["refusedBecause"] == "not_processed"
    eventually(lambda: not stack.messages.peek(f"{COMMANDS}/$deadletterqueue"), "no queue grows unread")


def test_a_submission_on_which_the_app_crashes_is_kept_and_its_document_found_by_the_sweep(
    faulty: FaultyStack, folder: str
) -> None:
    stack, content = faulty.stack, (SAMPLES / "house-rules.txt").read_bytes()
    crash = faulty.proxy.answer_nonsense(Requests(service="blob", method="HEAD", path=folder), times=None)
    stack.documents.upload(f"{folder}/house-rules.txt", content, {"submitter": SAM})

    def given_up() -> list[Message]:
        return [each for each in stack.messages.peek("submissions-quarantine") if folder.encode() in each.body]

    (quarantined,) = eventually(given_up, "the BlobCreated event is kept")
    crash.lift()
    assert "the app failed" in quarantined.properties["explanation"]
    assert stack.ledger.reviews_of(f"{folder}/house-rules.txt") == []
    faulty.host.advance(5 * MINUTE)
    (review_id,) = stack.ledger.reviews_of(f"{folder}/house-rules.txt")
    wait_until_asked(stack, review_id)
    assert stack.messages.peek(f"{SUBMISSIONS}/$deadletterqueue") == []


def test_while_event_grid_refuses_reviews_close_and_their_events_come_later_under_one_id(
    faulty: FaultyStack, topic: RefusingTopic, folder: str
) -> None:
    stack = faulty.stack
    approved, expired = waiting(stack, folder + "-a"), waiting(stack, folder + "-b")
    topic.refusing = True
    late = stack.messages.decide(expired.review_id, "approve", SAM, decisionId=folder)
    assert stack.messages.answer(late)["answer"] == "not_permitted"
    stack.messages.decide(approved.review_id, "approve", ANN)
    faulty.host.advance(73)
    for document in (approved, expired):
        assert (stack.ledger.head(document.review_id) or {})["state"] == "closed"
        assert document.review_id in stack.ledger.open_reviews()
        assert completions(stack.events, document.review_id) == []
    assert len(stack.ledger.outbox()) == 1
    topic.refusing = False
    faulty.host.advance(6 * MINUTE)
    for document in (approved, expired):
        wait_until_finished(stack, document.review_id)
    assert approved.published((ANN, "approve")).contradictions(stack) == []
    assert expired.archived("expired").contradictions(stack) == []
    assert stack.ledger.outbox() == []
    refusals = [event for event in stack.events.events() if event["data"].get("decisionId") == folder]

    assert {event["data"]["answer"] for event in refusals} == {"not_permitted"}
    assert len({event["id"] for event in refusals}) == 1


def test_no_content_comment_secret_or_signature_gets_out_however_much_has_failed(
    faulty: FaultyStack, folder: str
) -> None:
    """Search also what the tests before it have left, so it comes last."""
    stack, canaries = faulty.stack, Canaries(faulty.stack, faulty.host.state)
    content = f"House rules\n\n{canaries.word('content')}\n".encode()
    names = [f"{folder}-{each}-secretname" for each in ("approved", "rejected", "withdrawn", "vouched")]
    approved, rejected, withdrawn = [waiting(stack, name, content) for name in names[:3]]
    vouched = waiting(stack, names[3], content + b"of their own")  # its page reads the reviews of the same bytes
    canaries.secrets["the key that attests"] = DOOR.private_jwk()["d"]
    visitor = SecretVisitor(canaries, ANN)
    fault = crash_on(faulty, vouched, 1)
    assert (visitor.ask(f"/reviews/{vouched.review_id}"), fault.happened) == (500, 1)
    broken = faulty.proxy.leave_pending(Requests(copy=True), polls=0, ending="failed", times=None)
    crash = crash_on(faulty, rejected, 3)
    withdrawal = {"type": "ReviewWithdrawnV1", "reviewId": withdrawn.review_id, "by": SAM}
    sent = [
        stack.messages.decide(approved.review_id, "approve", ANN, comment=canaries.word("approval")),
        stack.messages.decide(rejected.review_id, "reject", BEN, comment=canaries.word("rejection")),
        stack.messages.decide(rejected.review_id, "Perhaps", BEN, comment=canaries.word("malformed")),
        stack.messages.decide(approved.review_id, "reject", SAM, comment=canaries.word("refused")),
        stack.messages.send(DECISIONS, json.dumps({**withdrawal, "reason": canaries.word("withdrawal")}).encode()),
    ]
    assert visitor.decide(vouched.review_id, canaries.word("page")) == [409, 404, 415, 200]
    (decision,) = eventually(lambda: stack.ledger.decisions(vouched.review_id), "the page's decision is recorded")
    canaries.planted["attestation"] = decision["proof"].rpartition(".")[2]
    canaries.replies = [stack.messages.answer(message) for message in sent]
    eventually(lambda: broken.happened, "a move has failed")
    faulty.host.advance(30 * SECOND)
    assert crash.happened == 3
    assert canaries.escaped(*names) == []  # before the sweep begins the histories anew
    assert canaries.places_of(f"the document of review {approved.review_id}") >= {"the log", "the task hub's history"}
    broken.lift()
    faulty.host.advance(10 * MINUTE)
    for document in (approved, rejected, withdrawn, vouched):
        wait_until_finished(stack, document.review_id)
    assert canaries.escaped(*names) == []
    comment = {"the comment": canaries.planted["page"]}
    assert canaries.recorded(canaries.secrets | comment, vouched.review_id) == {
        f"the comment in {place}" for place in ("the table ledger", "show --json", "the evidence")
    }
    outbound = {"review-requests", "review-events", "replies", "delivered events"}

    assert canaries.places_of(approved.review_id) >= outbound
