"""Decisions early, at once, twice, late, contradicting, unpermitted, and in time although nobody was there to count."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage

from compliance.document import review_id as review_id_of
from local.stack.devhost_process import DevhostProcess
from local.stack.eventually import eventually
from local.stack.messages import DECISIONS, RETRIES, SUBMISSIONS, Message
from local.stack.reviews import wait_until_asked, wait_until_finished
from local.stack.running import Stack
from tests.e2e.submitting import ANN, BEN, SAM, SAMPLES, Submitted, submit
from tests.front_door import SIGN_IN, attest_decision, key_set_text, public_jwk

EVE = "eve@example.org"
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
OTHER_SHA256 = "5f" * 32


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    policies = Path(__file__).with_name("policies.yaml")
    return {"POLICY_FILE": str(policies), "ATTESTATION_KEYS": key_set_text(public_jwk())}


def waiting(stack: Stack, folder: str, policy: str = "default") -> Submitted:
    """Submit a document and wait until its reviewers were asked."""
    if stack.host is None and policy != "default":
        pytest.skip("needs the policies of policies.yaml: COMPLIANCE_E2E_SETTINGS names a host with its own")
    rules = submit(stack, f"{policy}/{folder}", "house-rules.txt")
    wait_until_asked(stack, rules.review_id)
    return rules


def answer(stack: Stack, message: str) -> str:
    return stack.messages.answer(message)["answer"]


def answered(stack: Stack, document: Submitted, decision: str, reviewer: str, **said: str) -> str:
    """Send a decision and return the answer."""
    return answer(stack, stack.messages.decide(document.review_id, decision, reviewer, **said))


def withdraw(stack: Stack, document: Submitted, by: str) -> str:
    said = {"type": "ReviewWithdrawnV1", "reviewId": document.review_id, "by": by, "reason": "too early"}
    return stack.messages.send(DECISIONS, json.dumps(said).encode())


def quarantined(stack: Stack, message: str) -> list[Message]:
    return [kept for kept in stack.messages.peek("decisions-quarantine") if kept.correlation_id == message]


def refusals(stack: Stack, decision_id: str) -> list[dict[str, Any]]:
    """Wait for refusal events of one decision, and return their data."""
    refused = "compliance.decision.refused.v1"

    def announced() -> list[dict[str, Any]]:
        events = [event["data"] for event in stack.events.events() if event["type"] == refused]
        return [data for data in events if data.get("decisionId") == decision_id]

    return eventually(announced, f"the refusal of decision {decision_id} is announced")


def assert_refused(stack: Stack, message: str, decision_id: str, reason: str) -> None:
    """Assert that the sender, the quarantine and the subscribers all receive the reason."""
    assert answer(stack, message) == reason
    assert [kept.properties["refusedBecause"] for kept in quarantined(stack, message)] == [reason]
    assert {data["answer"] for data in refusals(stack, decision_id)} == {reason}


def deadline_of(stack: Stack, document: Submitted) -> datetime:
    return datetime.fromisoformat(str(wait_until_asked(stack, document.review_id)["deadline"]))


def decide_at(stack: Stack, document: Submitted, at: datetime) -> str:
    """Have the broker enqueue an approval at this very moment of host time."""
    said = {"decisionId": document.name, "reviewId": document.review_id, "decision": "approve", "reviewer": ANN}
    message = ServiceBusMessage(json.dumps(said), message_id=document.name, scheduled_enqueue_time_utc=at)
    stack.messages.put(DECISIONS, message)
    return document.name


def copy_after_deadline(stack: Stack, document: Submitted) -> str:
    """Have the app's own copy of an approval that was in time come after the deadline. Returns its id."""
    deadline = deadline_of(stack, document)
    said = {"decisionId": document.name, "reviewId": document.review_id, "decision": "approve", "reviewer": ANN}
    claims: Any = {"originalEnqueuedTime": (deadline - HOUR).isoformat(), "tryCount": 4}
    message = ServiceBusMessage(
        json.dumps(said),
        message_id=document.name,
        application_properties=claims,
        scheduled_enqueue_time_utc=deadline + timedelta(minutes=5),
    )
    stack.messages.put(RETRIES, message)
    return document.name


def attested_approval(document: Submitted, reviewer: str = ANN) -> dict[str, str]:
    """Return the fields of an approval for which the front door vouches."""
    said = {"decisionId": f"attested {document.review_id}", "decision": "approve", "reviewer": reviewer}
    return said | {"proof": attest_decision(said | {"reviewId": document.review_id}, document.sha256)}


def answer_kept(stack: Stack, document: Submitted) -> str:
    """Return the one answer that is kept for the front door's person."""
    (row,) = stack.ledger.answers(document.review_id)
    assert (row["tenantId"], row["objectId"]) == (SIGN_IN["tid"], SIGN_IN["oid"])
    return row["answer"]


def advance(host: DevhostProcess, time: timedelta) -> None:
    host.advance(hours=time / HOUR)


@contextmanager
def stopped(stack: Stack, host: DevhostProcess) -> Iterator[None]:
    """Stop the host meanwhile. Its storage, which takes longest to start, keeps running."""
    stack.kill_host()
    try:
        yield
    finally:
        host.start()


@contextmanager
def nobody_counting(stack: Stack, host: DevhostProcess) -> Iterator[None]:
    """Run the app without its decision triggers, so that decisions stay on their queues."""
    usual = host.settings
    with stopped(stack, host):
        counting = ("on_decision_submitted", "on_decision_retried")
        host.settings = {**usual, **{f"AzureWebJobs.{each}.Disabled": "true" for each in counting}}
    try:
        yield
    finally:
        with stopped(stack, host):
            host.settings = usual


def test_a_decision_sent_before_its_review_exists_counts_when_it_does(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    content, name = (SAMPLES / "annual-report.pdf").read_bytes(), f"{folder}/report.pdf"
    etag = stack.documents.upload(name, content, container="submissions")
    review_id = review_id_of("submissions", name, etag)
    message = stack.messages.decide(review_id, "approve", ANN)

    def comes_again() -> bool:
        queued = [each for each in stack.messages.peek(RETRIES) if each.message_id == message]
        return any(each.properties.get("tryCount") for each in queued)

    eventually(comes_again, "the decision is scheduled to come again")
    assert stack.ledger.head(review_id) is None
    said = {"type": "DocumentSubmittedV1", "container": "submissions", "name": name, "etag": etag, "submitter": SAM}
    stack.messages.send(SUBMISSIONS, json.dumps(said).encode())
    wait_until_asked(stack, review_id)
    advance(host, timedelta(minutes=2))
    assert answer(stack, message) == "recorded"
    wait_until_finished(stack, review_id)
    assert [row["reviewer"] for row in stack.ledger.decisions(review_id)] == [ANN]


def test_a_decision_on_a_review_that_never_exists_is_refused_within_a_minute(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    message = stack.messages.decide("0" * 64, "approve", ANN, decisionId=folder)
    advance(host, timedelta(minutes=1))
    assert_refused(stack, message, folder, "unknown_review")
    said = stack.messages.answer(message)
    assert said["environment"] == "local"
    assert "in the environment local" in said["explanation"]
    (kept,) = quarantined(stack, message)

    assert kept.json()["decisionId"] == folder


def test_of_three_reviewers_at_once_one_is_counted_and_two_are_told_that_they_are_late(
    stack: Stack, folder: str
) -> None:
    rules = waiting(stack, folder)
    sent = {who: stack.messages.decide(rules.review_id, "approve", who) for who in (ANN, BEN, EVE)}
    answers = {who: answer(stack, message) for who, message in sent.items()}
    assert sorted(answers.values()) == ["late", "late", "recorded"]
    (first,) = [who for who, told in answers.items() if told == "recorded"]
    wait_until_finished(stack, rules.review_id)

    assert rules.published((first, "approve")).contradictions(stack) == []


def test_three_reviewers_at_once_of_whom_two_are_needed_are_two_that_count(stack: Stack, folder: str) -> None:
    rules = waiting(stack, folder, policy="pair")
    sent = {who: stack.messages.decide(rules.review_id, "approve", who) for who in (ANN, BEN, EVE)}
    answers = {who: answer(stack, message) for who, message in sent.items()}
    assert sorted(answers.values()) == ["late", "recorded", "recorded"]
    wait_until_finished(stack, rules.review_id)
    rows = [(row["reviewer"], row["verdict"]) for row in stack.ledger.decisions(rules.review_id)]

    assert {who for who, _ in rows} == {who for who, told in answers.items() if told == "recorded"}
    assert rules.published(*rows).contradictions(stack) == []


def test_whoever_comes_first_decides(stack: Stack, folder: str) -> None:
    published, archived = waiting(stack, folder), waiting(stack, folder + "-2")
    assert answered(stack, published, "approve", ANN) == "recorded"
    assert answered(stack, published, "reject", BEN) == "late"
    assert answered(stack, archived, "reject", BEN) == "recorded"
    assert answered(stack, archived, "approve", ANN) == "late"
    wait_until_finished(stack, published.review_id)
    wait_until_finished(stack, archived.review_id)

    assert published.published((ANN, "approve")).contradictions(stack) == []
    assert archived.archived("rejected", (BEN, "reject")).contradictions(stack) == []


@pytest.mark.parametrize("order", [("approve", "reject"), ("reject", "approve")])
def test_of_contradicting_decisions_at_once_one_is_counted_and_carried_out(
    stack: Stack, folder: str, order: tuple[str, str]
) -> None:
    rules, by = waiting(stack, folder), {"approve": ANN, "reject": BEN}
    sent = {word: stack.messages.decide(rules.review_id, word, by[word]) for word in order}
    answers = {word: answer(stack, message) for word, message in sent.items()}
    assert sorted(answers.values()) == ["late", "recorded"]
    wait_until_finished(stack, rules.review_id)
    ended = (
        rules.published((ANN, "approve"))
        if answers["approve"] == "recorded"
        else rules.archived("rejected", (BEN, "reject"))
    )

    assert ended.contradictions(stack) == []


def test_one_rejection_ends_a_review_that_needs_two_approvals(stack: Stack, folder: str) -> None:
    rules = waiting(stack, folder, policy="pair")
    assert answered(stack, rules, "approve", ANN) == "recorded"
    assert answered(stack, rules, "reject", BEN) == "recorded"
    assert answered(stack, rules, "approve", EVE) == "late"
    wait_until_finished(stack, rules.review_id)

    assert rules.archived("rejected", (ANN, "approve"), (BEN, "reject")).contradictions(stack) == []


def test_the_same_decision_ten_times_counts_once(stack: Stack, folder: str) -> None:
    rules = waiting(stack, folder, policy="pair")
    sent = [stack.messages.decide(rules.review_id, "approve", ANN, decisionId=folder) for _ in range(10)]
    assert Counter(answer(stack, message) for message in sent) == {"recorded": 1, "duplicate": 9}
    assert (stack.ledger.head(rules.review_id) or {})["state"] == "open"
    assert answered(stack, rules, "approve", BEN) == "recorded"
    wait_until_finished(stack, rules.review_id)

    assert rules.published((ANN, "approve"), (BEN, "approve")).contradictions(stack) == []


def test_a_message_delivered_again_is_answered_as_before(stack: Stack, folder: str) -> None:
    rules = waiting(stack, folder)
    said = {"decisionId": folder, "reviewId": rules.review_id, "decision": "reject", "reviewer": BEN}
    for _ in range(3):
        stack.messages.send(DECISIONS, json.dumps(said).encode(), message_id=folder)
    assert [each["answer"] for each in stack.messages.answers(folder, count=3)] == ["recorded"] * 3
    wait_until_finished(stack, rules.review_id)

    assert rules.archived("rejected", (BEN, "reject")).contradictions(stack) == []


def test_a_decision_id_used_again_for_other_content_is_refused(stack: Stack, folder: str) -> None:
    rules = waiting(stack, folder, policy="pair")
    assert answered(stack, rules, "approve", ANN, decisionId=folder) == "recorded"
    changed = stack.messages.decide(rules.review_id, "reject", ANN, decisionId=folder)
    assert_refused(stack, changed, folder, "id_reused")
    assert answered(stack, rules, "approve", BEN) == "recorded"
    reused_after_the_end = stack.messages.decide(rules.review_id, "approve", EVE, decisionId=folder)
    assert answer(stack, reused_after_the_end) == "id_reused"
    wait_until_finished(stack, rules.review_id)

    assert rules.published((ANN, "approve"), (BEN, "approve")).contradictions(stack) == []


def test_a_late_decision_is_told_how_the_review_ended_and_kept(stack: Stack, folder: str) -> None:
    rules = waiting(stack, folder)
    stack.messages.decide(rules.review_id, "reject", BEN)
    wait_until_finished(stack, rules.review_id)
    late = stack.messages.decide(rules.review_id, "approve", ANN, decisionId=folder)
    assert_refused(stack, late, folder, "late")
    told = stack.messages.answer(late)

    assert (told["reviewState"], told["verdict"], told["outcome"]) == ("closed", "reject", "rejected")
    assert rules.archived("rejected", (BEN, "reject")).contradictions(stack) == []


def test_a_decision_counts_up_to_the_deadline_and_not_after_it(stack: Stack, host: DevhostProcess, folder: str) -> None:
    offsets = {"before": -SECOND, "at": timedelta(0), "after": SECOND}
    documents = {when: waiting(stack, f"{folder}-{when}") for when in offsets}
    sent: dict[str, str] = {}
    for when, document in documents.items():
        exact = deadline_of(stack, document)
        to_the_millisecond = exact.replace(microsecond=exact.microsecond // 1000 * 1000)  # as AMQP writes times
        sent[when] = decide_at(stack, document, to_the_millisecond + offsets[when])
    advance(host, 73 * HOUR)
    assert {when: answer(stack, message) for when, message in sent.items()} == {
        "before": "recorded",
        "at": "recorded",
        "after": "late",
    }
    for document in documents.values():
        wait_until_finished(stack, document.review_id)

    assert documents["before"].published((ANN, "approve")).contradictions(stack) == []
    assert documents["at"].published((ANN, "approve")).contradictions(stack) == []
    assert documents["after"].archived("expired").contradictions(stack) == []


def test_decisions_sent_in_time_while_the_app_was_down_count_though_the_deadline_passed(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    approved, rejected, silent = (waiting(stack, folder + each) for each in ("-a", "-b", "-c"))
    with stopped(stack, host), DevhostProcess(host.state, app=None) as services:
        approval = stack.messages.decide(approved.review_id, **attested_approval(approved))
        rejection = stack.messages.decide(rejected.review_id, "reject", BEN)
        advance(services, 80 * HOUR)
        too_late = stack.messages.decide(silent.review_id, "approve", ANN)
        stack.messages.disconnect()
    assert [answer(stack, message) for message in (approval, rejection, too_late)] == ["recorded", "recorded", "late"]
    for document in (approved, rejected, silent):
        wait_until_finished(stack, document.review_id)

    assert approved.published((ANN, "approve")).contradictions(stack) == []
    assert rejected.archived("rejected", (BEN, "reject")).contradictions(stack) == []
    assert silent.archived("expired").contradictions(stack) == []
    assert answer_kept(stack, approved) == "recorded"


def test_an_old_attestation_that_is_sent_again_after_days_counts_once_and_for_nothing_else(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    rules, other = waiting(stack, folder + "-a", policy="pair"), waiting(stack, folder + "-b", policy="pair")
    said = attested_approval(rules)
    assert answer(stack, stack.messages.decide(rules.review_id, **said)) == "recorded"
    advance(host, 48 * HOUR)
    assert answer(stack, stack.messages.decide(rules.review_id, **said)) == "duplicate"
    assert answer(stack, stack.messages.decide(rules.review_id, **said | {"decisionId": folder})) == "not_permitted"
    for fields in (said, said | {"reviewer": BEN}):
        assert answer(stack, stack.messages.decide(other.review_id, **fields)).startswith("proof_")

    assert [row["reviewer"] for row in stack.ledger.decisions(rules.review_id)] == [ANN]
    assert answer_kept(stack, rules) == "recorded"
    assert stack.ledger.answers(other.review_id) == []


def test_the_deadline_waits_for_decisions_that_are_still_queued_but_at_most_an_hour(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    forgotten = waiting(stack, folder + "-a")
    advance(host, 2 * HOUR)
    in_time, silent, copied = (waiting(stack, folder + each) for each in ("-b", "-c", "-d"))
    with nobody_counting(stack, host):
        sent = [stack.messages.decide(each.review_id, "approve", ANN) for each in (forgotten, in_time)]
        sent.append(copy_after_deadline(stack, copied))
        advance(host, 72.5 * HOUR)
        wait_until_finished(stack, silent.review_id)
        wait_until_finished(stack, forgotten.review_id)
        for each in (in_time, copied):
            assert (stack.ledger.head(each.review_id) or {})["state"] == "open"
    assert [answer(stack, message) for message in sent] == ["late", "recorded", "recorded"]
    for each in (in_time, copied):
        wait_until_finished(stack, each.review_id)
        assert each.published((ANN, "approve")).contradictions(stack) == []

    assert silent.archived("expired").contradictions(stack) == []
    assert forgotten.archived("expired").contradictions(stack) == []


def test_a_decision_on_other_bytes_does_not_count(stack: Stack, folder: str) -> None:
    rules = waiting(stack, folder)
    wrong = stack.messages.decide(rules.review_id, "approve", ANN, decisionId=folder, documentSha256=OTHER_SHA256)
    assert_refused(stack, wrong, folder, "wrong_version")
    assert answered(stack, rules, "approve", ANN, etag="0x0") == "wrong_version"
    assert answered(stack, rules, "approve", ANN, documentSha256=rules.sha256) == "recorded"
    wait_until_finished(stack, rules.review_id)

    assert rules.published((ANN, "approve")).contradictions(stack) == []


@pytest.mark.parametrize("spelling", [SAM, SAM.upper(), f" {SAM}", "\uff53\uff41\uff4d@example.org"])
def test_the_submitter_does_not_decide_in_any_spelling(stack: Stack, folder: str, spelling: str) -> None:
    rules = waiting(stack, folder)
    own = stack.messages.decide(rules.review_id, "approve", spelling, decisionId=folder)
    assert_refused(stack, own, folder, "not_permitted")
    assert answered(stack, rules, "reject", BEN) == "recorded"
    wait_until_finished(stack, rules.review_id)

    assert rules.archived("rejected", (BEN, "reject")).contradictions(stack) == []


def test_one_person_counts_once_in_whatever_spelling(stack: Stack, folder: str) -> None:
    rules = waiting(stack, folder, policy="pair")
    assert answered(stack, rules, "approve", ANN) == "recorded"
    again = stack.messages.decide(rules.review_id, "approve", "Ann@Example.ORG", decisionId=folder)
    assert_refused(stack, again, folder, "not_permitted")
    assert answered(stack, rules, "approve", BEN) == "recorded"
    wait_until_finished(stack, rules.review_id)

    assert rules.published((ANN, "approve"), (BEN, "approve")).contradictions(stack) == []


def test_only_those_whom_the_policy_names_decide_and_say_why_they_reject(stack: Stack, folder: str) -> None:
    rules = waiting(stack, folder, policy="named")
    assert answered(stack, rules, "approve", "mallory@example.org") == "not_permitted"
    assert answered(stack, rules, "reject", BEN) == "not_permitted"
    assert answered(stack, rules, "reject", BEN, comment="The broom is missing.") == "recorded"
    wait_until_finished(stack, rules.review_id)

    assert rules.archived("rejected", (BEN, "reject")).contradictions(stack) == []


def test_the_submitter_withdraws_and_nobody_else(stack: Stack, folder: str) -> None:
    rules = waiting(stack, folder)
    assert answer(stack, withdraw(stack, rules, by=BEN)) == "not_permitted"
    assert (stack.ledger.head(rules.review_id) or {})["state"] == "open"
    assert answer(stack, withdraw(stack, rules, by=SAM)) == "recorded"
    assert answered(stack, rules, "approve", ANN) == "late"
    wait_until_finished(stack, rules.review_id)

    assert answer(stack, withdraw(stack, rules, by=SAM)) == "recorded"
    assert answer(stack, withdraw(stack, rules, by=BEN)) == "late"
    assert rules.archived("withdrawn").contradictions(stack) == []
