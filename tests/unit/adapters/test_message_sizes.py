"""Whatever a message is about, Service Bus Standard takes it: the largest of each kind, as the SDKs write them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final, cast

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.eventgrid.aio import EventGridPublisherClient
from pydantic import TypeAdapter

from adapters.messaging.events import Events
from adapters.messaging.messages import Messages
from compliance.content import ContentFinding, Finding
from compliance.document import DocumentVersion
from compliance.outcome import Answer, Outcome, ReviewState, Verdict, Vote
from compliance.policy import Part, Policy, Stage
from compliance.refusal import MOST_DECISIONS
from compliance.review import RecordedDecision
from compliance.rounds import audience_of
from compliance.transitions import close, record
from contracts.messages.events import (
    MOST_LISTED,
    DecisionRefusedV1,
    ReviewCompletedV1,
    SubmissionRefusedV1,
    review_completed,
)
from contracts.messages.fields import BlobName, ETag, Identifier, Person
from contracts.messages.outbound import (
    MOST_EARLIER,
    NameTakenFacts,
    PublishedFacts,
    ReviewRequestedV1,
    SameBytesFacts,
    document_facts,
    policy_facts,
)
from contracts.names import REVIEW_REQUESTS
from contracts.policy_file.parsing import PolicyError, parse_policies
from reviews.announcing import completion_event
from tests.builders import DEADLINE, decision, document, open_review, policy

# 256 KB with all properties, of which Event Grid and the broker add some:
# https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas
MOST_BYTES: Final = (256 - 32) * 1024
# A refusal waits in one column of the outbox, of 32 Ki UTF-16 units.
MOST_UNITS: Final = 32 * 1024
WIDEST: Final = "\U0001d4d0"  # a letter that JSON in ASCII spells with two escapes of six bytes
ESCAPED: Final = 12
WIDEST_IN_UTF_8: Final = "\u5be9"  # three bytes for one UTF-16 unit; the letter above has four for two
# What an inspection says at most of each kind; the list of allowed types, 100 of 16 letters, is the longest by far.
FINDINGS: Final = tuple(
    Finding(kind, "x" * (1_900 if kind is ContentFinding.TYPE_NOT_ALLOWED else 100)) for kind in ContentFinding
)


class Taken:
    """Event Grid's answer to an event that it takes."""

    status_code, content_type, headers = 200, "application/json", {"content-type": "application/json"}

    def text(self, encoding: str | None = None) -> str:
        return ""


class Topic(AsyncHttpTransport[Any, Any]):
    """A topic that keeps what the SDK would send."""

    sent = ""

    async def send(self, request: Any, **_: Any) -> Any:
        self.sent = request.body
        return Taken()

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...


class Bus:
    """A Service Bus client that keeps the body of what is sent."""

    sent = b""

    def get_topic_sender(self, _: str) -> Bus:
        return self

    async def send_messages(self, message: Any) -> None:
        self.sent = b"".join(message.body)


def longest(field: Any, ending: str = "") -> str:
    """Return the longest text that a contract accepts, and check that it refuses a longer one."""
    contract = TypeAdapter[str](field)
    most = next(each["maxLength"] for each in [contract.json_schema()])
    text = WIDEST * (most - len(ending)) + ending
    with pytest.raises(ValueError, match="at most"):
        contract.validate_python(WIDEST + text)
    return contract.validate_python(text)


def longest_decisions() -> list[RecordedDecision]:
    """Return as many of the longest decisions as a review can have."""
    said = decision(
        decision_id=longest(Identifier, "0001"),
        vote=Vote.REQUEST_CHANGES,
        reviewer=longest(Person),
        on_behalf_of=longest(Person, "1"),
        enqueued_at=DEADLINE.replace(microsecond=1),
    )
    return [
        RecordedDecision(seq, replace(said, decision_id=f"{said.decision_id[:-4]}{seq:04}"))
        for seq in range(1, MOST_DECISIONS + 1)
    ]


def longest_document() -> DocumentVersion:
    return document(container="submissions", name=longest(BlobName), etag=longest(ETag), length=2**53)


def largest_completion() -> ReviewCompletedV1:
    rules = policy(version=WIDEST * 64, document_class="c" * 64)
    head = open_review(policy=rules, document=longest_document(), previous_review="d" * 64, case_id="c" * 64)
    decided = replace(head, state=ReviewState.DECIDED, verdict=Verdict.REJECT, findings=FINDINGS)
    closed = close(decided, DEADLINE, f"submissions/{head.document.name}", Outcome.FAILED).head
    return review_completed(replace(closed, audit_digest="a" * 64, last_audit=10**6), longest_decisions())


async def test_service_bus_takes_the_event_of_a_review_with_as_many_and_as_long_decisions_as_there_can_be() -> None:
    topic = Topic()
    async with EventGridPublisherClient("http://topic", AzureKeyCredential("key"), transport=topic) as publisher:
        await Events(publisher).publish(completion_event(largest_completion()))

    [event] = json.loads(topic.sent)
    assert (len(event["data"]["decisions"]), event["data"]["decisionCount"]) == (MOST_LISTED, MOST_DECISIONS)
    assert topic.sent.isascii()  # the SDK's way; whoever writes it anew on its way may choose UTF-8
    assert len(json.dumps(event, ensure_ascii=False).encode()) < len(topic.sent) < MOST_BYTES


def test_the_number_of_listed_decisions_is_what_leaves_room_for_the_rest() -> None:
    event = largest_completion().wire()
    [one, *_] = decisions = cast(list[Any], event["decisions"])
    rest = len(json.dumps({**event, "decisions": []}))
    names = ESCAPED * (128 + 256 + 256)

    assert names - 5 * (ESCAPED - 1) < len(json.dumps(one)) < names + 160
    assert len(decisions) * (names + 160) + rest < MOST_BYTES < 2 * len(decisions) * names


async def test_service_bus_takes_a_request_to_as_many_as_a_policy_file_can_name() -> None:
    rules = largest_policy()
    head = open_review(policy=rules, document=longest_document(), findings=FINDINGS)
    bus = Bus()
    request = ReviewRequestedV1(
        environment="e" * 60,
        replaces=PublishedFacts(review_id="a" * 64, location=longest(BlobName), since=DEADLINE, sha256="b" * 64),
        name_taken=NameTakenFacts(
            location=longest(BlobName), review_id="a" * 64, container="submissions", since=DEADLINE
        ),
        same_bytes=(
            SameBytesFacts(
                review_id="a" * 64,
                container="submissions",
                name=longest(BlobName),
                state=ReviewState.CLOSED,
                outcome=Outcome.SUPERSEDED,
                reason="approval_unreachable",
                closed_at=DEADLINE,
                approvals=1000,
                rejections=1000,
            ),
        )
        * 3,
        submitter=longest(Person),
        modifier=longest(Person),
        earlier_submitters=(longest(Person),) * MOST_EARLIER,
        earlier_modifiers=(longest(Person),) * MOST_EARLIER,
        review_id=head.review_id,
        document=document_facts(head),
        policy=policy_facts(rules),
        stage=rules.stages[0].name,
        deadline=DEADLINE,
        round="escalation",
        audience=audience_of(head, ()),
    )

    await Messages(cast(Any, bus)).send(REVIEW_REQUESTS, request.wire(), message_id="m")

    assert len(json.loads(bus.sent)["audience"]) > 100
    assert 80_000 < len(bus.sent) < MOST_BYTES


def largest_policy() -> Policy:
    """Return the policy with as many reviewers as are accepted."""
    return next(policy for people in range(130, 0, -1) if (policy := policy_of(people)))


def policy_of(people: int) -> Policy | None:
    names = [WIDEST_IN_UTF_8 * 252 + f"{number:04}" for number in range(people)]
    stage = {"name": "review", "groups": {"first": "any", "second": "any"}}
    groups = {"first": names[:100], "second": names[100:] or names[:1]}
    file = {"version": "1", "groups": groups, "policies": [{"documentClass": "default", "stages": [stage]}]}
    try:
        return parse_policies(json.dumps(file, ensure_ascii=False), "policies.yaml", {}.__getitem__).resolve("default")
    except PolicyError as error:
        assert "at most 30000 fit" in str(error)
        return None


def test_refusals_fit_into_the_outbox_and_so_into_any_message() -> None:
    person = longest(Person)
    later = Stage("s" * 64, (Part((person,)),))
    head = open_review(policy=policy(stages=(Stage("first", (Part(("rita",)),)), later)))
    done = record(head, [], decision(reviewer=person))
    assert done
    assert done.answer is Answer.STAGE_NOT_OPEN  # the only one that names a person and a stage
    explanation = str(done.explanation)
    assert person in explanation
    of_decision = DecisionRefusedV1(
        answer=done.answer,
        explanation=explanation,
        review_id=head.review_id,
        decision_id=longest(Identifier),
        review_state=ReviewState.OPEN,
    )
    about_blob = document_facts(open_review(document=longest_document()))
    of_submission = SubmissionRefusedV1(explanation=explanation, message_id=longest(Identifier), document=about_blob)

    for refused in (of_decision, of_submission):
        said = refused.wire()
        assert len(json.dumps(said, ensure_ascii=False).encode("utf-16-le")) // 2 < MOST_UNITS
        assert len(json.dumps(said)) < MOST_BYTES
