"""Malformed messages, and messages odd in other ways, over Service Bus: answered, quarantined, never in the way."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.amqp import AmqpAnnotatedMessage

from local.stack.devhost_process import DevhostProcess
from local.stack.eventually import eventually
from local.stack.messages import DECISIONS, SUBMISSIONS, Message
from local.stack.reviews import wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from tests import malformed
from tests.e2e.submitting import ANN, SAM, SAMPLES, submit
from tests.malformed import Malformed

LARGEST = 2**20  # bytes that devhost's broker takes; on Azure it depends on the tier
MAX_BYTES = 64 * 1024  # of a message that can be understood
# One of each complaint travels; the unit tests give all of them to the parsers.
TRAVELLING_DECISIONS = tuple({case.complaint: case for case in malformed.DECISIONS}.values())
TRAVELLING_SUBMISSIONS = tuple({case.complaint: case for case in malformed.SUBMISSIONS}.values())
REFUSED_DECISION = "compliance.decision.refused.v1"
REFUSED_SUBMISSION = "compliance.submission.refused.v1"


@dataclass(frozen=True, slots=True)
class Refused:
    """The effects of one message: the answer to its sender, the copy in quarantine, the events."""

    kept: list[Message]
    events: list[dict[str, Any]]
    answers: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sent:
    """The messages of many cases, all sent at once, by the names of the cases."""

    refused: Mapping[str, Refused]

    def __getitem__(self, case: str) -> Refused:
        return self.refused[case]


def quarantined(stack: Stack, queue: str, ids: Mapping[str, str]) -> dict[str, list[Message]]:
    """Wait until the quarantine holds all these messages, and return its copies by message id."""

    def all_of_them() -> dict[str, list[Message]] | None:
        found: dict[str, list[Message]] = {}
        for kept in stack.messages.peek(queue):
            found.setdefault(str(kept.correlation_id), []).append(kept)
        return found if found.keys() >= set(ids.values()) else None

    return eventually(all_of_them, f"{len(ids)} messages are in {queue}", interval=0.2)


def events_about(stack: Stack, kind: str, enough: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    def announced() -> list[dict[str, Any]] | None:
        events = [event for event in stack.events.events() if event["type"] == kind]
        return events if enough(events) else None

    return eventually(announced, f"events of type {kind}")


@pytest.fixture(scope="module")
def decisions(stack: Stack) -> Sent:
    """Send one malformed decision of each complaint at once; return their effects."""
    ids = {case.id: stack.messages.send(DECISIONS, case.body) for case in TRAVELLING_DECISIONS}
    kept = quarantined(stack, "decisions-quarantine", ids)
    events = events_about(stack, REFUSED_DECISION, lambda events: len({event["id"] for event in events}) >= len(ids))
    assert {event["data"]["answer"] for event in events} == {"malformed"}
    return Sent({case: Refused(kept[id], events, stack.messages.answers(id)) for case, id in ids.items()})


@pytest.fixture(scope="module")
def submissions(stack: Stack) -> Sent:
    """Send one malformed submission of each complaint at once; return their effects."""
    ids = {case.id: stack.messages.send(SUBMISSIONS, case.body) for case in TRAVELLING_SUBMISSIONS}
    kept = quarantined(stack, "submissions-quarantine", ids)

    def enough(events: list[dict[str, Any]]) -> bool:
        return {event["data"]["messageId"] for event in events} >= set(ids.values())

    events = events_about(stack, REFUSED_SUBMISSION, enough)
    by_id = {id: [event for event in events if event["data"]["messageId"] == id] for id in ids.values()}
    return Sent({case: Refused(kept[id], by_id[id], []) for case, id in ids.items()})


@pytest.mark.parametrize("case", TRAVELLING_DECISIONS, ids=lambda case: case.id)
def test_a_malformed_decision_is_answered_and_kept_as_it_came(decisions: Sent, case: Malformed) -> None:
    refused = decisions[case.id]
    (answer,), (kept,) = refused.answers, refused.kept

    assert answer["answer"] == "malformed"
    assert case.complaint in answer["explanation"]
    assert kept.body == case.body
    assert kept.properties["refusedBecause"] == "malformed"
    assert kept.properties["explanation"] == answer["explanation"]


@pytest.mark.parametrize("case", TRAVELLING_SUBMISSIONS, ids=lambda case: case.id)
def test_a_malformed_submission_is_announced_and_kept_as_it_came(submissions: Sent, case: Malformed) -> None:
    refused = submissions[case.id]
    (kept,) = refused.kept

    assert {event["data"]["explanation"] for event in refused.events} == {kept.properties["explanation"]}
    assert case.complaint in kept.properties["explanation"]
    assert kept.body == case.body


def test_the_next_good_messages_are_processed(stack: Stack, decisions: Sent, submissions: Sent, folder: str) -> None:
    content, name = (SAMPLES / "annual-report.pdf").read_bytes(), f"{folder}/report.pdf"
    etag = stack.documents.upload(name, content, container="submissions")
    said = {"type": "DocumentSubmittedV1", "container": "submissions", "name": name, "etag": etag, "submitter": SAM}
    stack.messages.send(SUBMISSIONS, json.dumps(said).encode())
    review_id = wait_until_open(stack, name, etag, container="submissions")
    wait_until_asked(stack, review_id)
    message = stack.messages.decide(review_id, "approve", ANN)

    assert stack.messages.answer(message)["answer"] == "recorded"
    assert wait_until_finished(stack, review_id)["outcome"] == "approved"


def test_no_malformed_message_made_a_review_or_crashed_anything(
    stack: Stack, decisions: Sent, submissions: Sent
) -> None:
    assert stack.ledger.head(malformed.REVIEW_ID) is None
    assert stack.ledger.reviews_of(malformed.SUBMISSION["name"]) == []
    for queue in (DECISIONS, SUBMISSIONS):
        eventually(lambda queue=queue: not stack.messages.peek(queue), f"{queue} is empty")
        assert stack.messages.peek(f"{queue}/$deadletterqueue") == []
    eventually(lambda: not stack.ledger.outbox(), "Event Grid has taken all that was announced")
    if stack.host:
        assert not (failed := stack.host.log.partition("Failed after")[2]), failed[:5000]


def test_unusual_decisions_are_taken_as_they_are(stack: Stack, folder: str) -> None:
    documents = {case: submit(stack, f"{folder}/{case.id}", "house-rules.txt") for case in malformed.UNUSUAL_DECISIONS}
    sent: dict[str, str] = {}
    for case, document in documents.items():
        wait_until_asked(stack, document.review_id)
        body = case.body.replace(malformed.REVIEW_ID.encode(), document.review_id.encode())
        sent[case.id] = stack.messages.send(DECISIONS, body)
    answers = {case: stack.messages.answer(message)["answer"] for case, message in sent.items()}

    assert answers == dict.fromkeys(sent, "recorded")


def good(review_id: str, decision_id: str) -> dict[str, str]:
    return {"decisionId": decision_id, "reviewId": review_id, "decision": "approve", "reviewer": ANN}


@pytest.mark.parametrize("body", [{"value_body": {"decision": "approve"}}, {"sequence_body": [["approve"]]}])
@pytest.mark.parametrize("queue", [DECISIONS, SUBMISSIONS])
def test_a_body_that_is_no_data_is_refused_and_kept(stack: Stack, queue: str, body: dict[str, Any]) -> None:
    message_id = str(uuid.uuid4())
    stack.messages.put(queue, AmqpAnnotatedMessage(properties={"message_id": message_id}, **body))
    quarantine = "decisions-quarantine" if queue == DECISIONS else "submissions-quarantine"
    (kept,) = quarantined(stack, quarantine, {"": message_id})[message_id]

    assert b"approve" in kept.body
    assert kept.properties["explanation"]


def test_a_message_without_an_id_is_answered_under_its_sequence_number(stack: Stack, folder: str) -> None:
    document = submit(stack, folder, "house-rules.txt")
    wait_until_asked(stack, document.review_id)
    body = json.dumps(good(document.review_id, folder)).encode()
    stack.messages.put(DECISIONS, AmqpAnnotatedMessage(data_body=[body]))
    wait_until_finished(stack, document.review_id)
    (row,) = stack.ledger.decisions(document.review_id)

    assert row["messageId"].startswith("sequence-number-")
    assert stack.messages.answer(row["messageId"])["answer"] == "recorded"


A_LARGE_INTEGER: Any = {"TYPE": "ULONG", "VALUE": 2**64 - 1}  # as the SDK encodes it, which its types do not say


@pytest.mark.parametrize(
    "message",
    [
        ServiceBusMessage(b"{}", application_properties={"p" * 100: "v" * 30_000, "q": "w" * 30_000}),
        ServiceBusMessage(b"{}", application_properties={str(number): number for number in range(1_000)}),
        ServiceBusMessage(b"{}", application_properties={"tryCount": "seven", "originalEnqueuedTime": "yesterday"}),
        ServiceBusMessage(b"{}", application_properties={"tryCount": -1, "originalEnqueuedTime": True}),
        ServiceBusMessage(b"{}", application_properties={"refusedBecause": "approved", "explanation": "all is well"}),
        ServiceBusMessage(b"{}", application_properties={"bytes": b"\x00", "true": True, "float": math.nan}),
        ServiceBusMessage(b"{}", application_properties={"ulong": A_LARGE_INTEGER}),
        ServiceBusMessage(b"{}", content_type="text/html; charset=utf-16"),
        ServiceBusMessage(b"{}", subject="s" * 9_000, reply_to="elsewhere", correlation_id="c" * 128),
    ],
    ids=[
        "huge-properties",
        "many-properties",
        "own-properties-misused",
        "own-properties-of-other-types",
        "a-forged-refusal",
        "properties-of-all-types",
        "a-property-of-64-bits",
        "odd-content-type",
        "everything-set",
    ],
)
@pytest.mark.parametrize("queue", [DECISIONS, SUBMISSIONS])
def test_an_odd_envelope_does_not_keep_a_message_from_being_refused(
    stack: Stack, queue: str, message: ServiceBusMessage
) -> None:
    kept = refused(stack, queue, message)
    assert kept.body == b"".join(message.body)


@pytest.mark.parametrize("queue", [DECISIONS, SUBMISSIONS])
@pytest.mark.parametrize("properties", [0, LARGEST - 130], ids=["in-its-body", "in-its-properties"])
def test_a_message_as_large_as_the_broker_takes_is_kept_in_part(
    stack: Stack, host: DevhostProcess, queue: str, properties: int
) -> None:
    body = b"{}" if properties else b"\x00" * (LARGEST - 130)
    kept = refused(stack, queue, ServiceBusMessage(body, application_properties={"p": "v" * properties}))
    assert kept.body == body[:MAX_BYTES]
    assert kept.properties["originalLength"] == len(body)


def refused(stack: Stack, queue: str, message: ServiceBusMessage) -> Message:
    """Send a message that must be refused; return its copy in the quarantine."""
    message.message_id = str(uuid.uuid4())
    stack.messages.put(queue, message)
    quarantine = "decisions-quarantine" if queue == DECISIONS else "submissions-quarantine"
    (kept,) = quarantined(stack, quarantine, {"": message.message_id})[message.message_id]
    assert kept.properties["refusedBecause"] == ("malformed" if queue == DECISIONS else "refused")
    return kept
