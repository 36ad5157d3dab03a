"""What operators have done to reviews, by command and by message, with the app running."""

from __future__ import annotations

import json
import uuid

import pytest
from azure.servicebus import ServiceBusMessage

from cli.failures import ExitCode
from local.stack.eventually import eventually
from local.stack.messages import COMMANDS, DECISIONS
from local.stack.reviews import wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from local.stack.subscriber import completions
from tests.cli.running import Compliance, Ended

OPERATOR, RITA = "olga@example.org", "rita@example.org"


@pytest.fixture
def name() -> str:
    return f"{uuid.uuid4()}.txt"


@pytest.fixture
def review(stack: Stack, name: str) -> str:
    """Open a review and return its id once it waits for decisions."""
    identity = wait_until_open(stack, name, stack.documents.upload(name, b"rules", {"submitter": "sam@example.org"}))
    wait_until_asked(stack, identity)
    return identity


def approve(stack: Stack, review: str) -> None:
    stack.messages.decide(review, "approve", RITA)
    wait_until_finished(stack, review)


def announce(compliance: Compliance, review: str) -> Ended:
    return compliance("announce", review[:12], "--as", OPERATOR, "--reason", "the website was down", "--json")


def steps(stack: Stack, review: str, event: str) -> list[tuple[str, str]]:
    """Return who has taken this step according to the review's audit trail, and why."""
    return [(row["who"], row["detail"]) for row in stack.ledger.audit(review) if row["event"] == event]


class TestAnnounce:
    def test_an_outcome_is_announced_again_under_the_same_id(self, compliance: Compliance, stack: Stack, review: str):
        approve(stack, review)
        [first] = eventually(lambda: completions(stack.events, review), "the outcome is announced")

        ended = announce(compliance, review)

        assert (ended.code, ended.json()["answer"]) == (ExitCode.DONE, "recorded"), ended.err
        again = eventually(lambda: completions(stack.events, review)[1:], "the outcome is announced again")[0]
        assert (again["id"], again["data"]["outcome"]) == (first["id"], first["data"]["outcome"])
        assert again["data"]["auditRecords"] == first["data"]["auditRecords"] + 1
        assert steps(stack, review, "outcome_announced_again") == [(OPERATOR, "the website was down")]
        assert compliance("verify", review).code == ExitCode.DONE

    def test_a_command_delivered_twice_is_noted_once(self, stack: Stack, review: str):
        approve(stack, review)
        command = {"type": "AnnounceOutcomeV1", "reviewId": review, "by": OPERATOR, "reason": "again"}
        first = stack.messages.send(COMMANDS, json.dumps(command).encode())
        assert stack.messages.answer(first)["answer"] == "recorded"
        [row] = [row for row in stack.ledger.audit(review) if row["event"] == "outcome_announced_again"]
        same_time = {"originalEnqueuedTime": row["at"]}
        copy = ServiceBusMessage(json.dumps(command), message_id=first, application_properties=same_time)
        stack.messages.put(COMMANDS, copy)
        assert stack.messages.answers(first, 2)[1]["answer"] == "recorded"
        assert steps(stack, review, "outcome_announced_again") == [(OPERATOR, "again")]

    def test_an_open_review_has_no_outcome_to_announce(self, compliance: Compliance, stack: Stack, review: str):
        ended = announce(compliance, review)

        assert (ended.code, ended.json()["answer"]) == (ExitCode.REFUSED, "not_permitted")
        assert (ended.json()["reviewState"], completions(stack.events, review)) == ("open", [])

    def test_an_unknown_review_is_said(self, compliance: Compliance):
        assert announce(compliance, "ab" * 32).code == ExitCode.NOT_FOUND


def test_a_refused_command_is_answered_and_kept_and_can_be_discarded(compliance: Compliance, stack: Stack) -> None:
    sent = stack.messages.send(COMMANDS, json.dumps({"type": "PublishAnywayV1"}).encode())

    assert stack.messages.answer(sent)["answer"] == "malformed"
    [kept] = [each for each in stack.messages.peek("commands-quarantine") if each.correlation_id == sent]
    assert kept.properties["refusedBecause"] == "malformed"
    listed = compliance("quarantine", "list", "--json").json()
    assert [each["queue"] for each in listed if each["id"] == kept.message_id] == ["commands-quarantine"]
    done = compliance("quarantine", "discard", kept.message_id, "--as", OPERATOR, "--reason", "a test")
    assert done.code == ExitCode.DONE, done.err


def test_a_command_on_the_queue_of_decisions_is_refused(stack: Stack, review: str) -> None:
    command = {"type": "AnnounceOutcomeV1", "reviewId": review, "by": OPERATOR, "reason": "again"}
    assert stack.messages.answer(stack.messages.send(DECISIONS, json.dumps(command).encode()))["answer"] == "malformed"
