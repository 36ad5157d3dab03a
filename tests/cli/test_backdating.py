"""A decision with a claimed past, through the broker: a sender's claim is ignored, the app's revives nothing."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage

from cli.failures import ExitCode
from local.stack.messages import DECISIONS, RETRIES
from local.stack.reviews import wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from tests.cli.running import Compliance

CAT = "cat@example.org"  # the only reviewer of the class
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def review(stack: Stack) -> str:
    name = f"{uuid.uuid4()}.txt"
    metadata = {"submitter": "sam@example.org", "documentclass": "led"}
    identity = wait_until_open(stack, name, stack.documents.upload(name, b"rules", metadata))
    wait_until_asked(stack, identity)
    return identity


def delegate(stack: Stack, to: str, until: datetime) -> str:
    said = {"type": "DelegationV1", "by": CAT, "to": to, "from": (until - 30 * DAY).isoformat()}
    sent = stack.messages.send(DECISIONS, json.dumps(said | {"until": until.isoformat()}).encode())
    return stack.messages.answer(sent)["answer"]


def approve(stack: Stack, review: str, reviewer: str, claimed: datetime, queue: str = RETRIES) -> dict[str, Any]:
    said = {"decisionId": str(uuid.uuid4()), "reviewId": review, "decision": "approve", "reviewer": reviewer}
    claims: Any = {"originalEnqueuedTime": claimed.isoformat(), "tryCount": 3}
    message = ServiceBusMessage(json.dumps(said), message_id=str(uuid.uuid4()), application_properties=claims)
    stack.messages.put(queue, message)
    return stack.messages.answer(str(message.message_id))


def requested_at(stack: Stack, review: str) -> datetime:
    head = stack.ledger.head(review)
    assert head
    return datetime.fromisoformat(head["requestedAt"])


def test_a_delegation_that_was_taken_back_stays_so(compliance: Compliance, stack: Stack, review: str) -> None:
    zoe = f"{uuid.uuid4()}@example.org"
    back = datetime.now(UTC)  # noqa: TID251 the broker runs by the wall clock
    assert delegate(stack, zoe, back + DAY) == "recorded"
    assert delegate(stack, zoe, back) == "recorded"

    for claimed in (back + SECOND, back - SECOND, back - 5 * DAY, back - 13 * DAY):
        for queue in (DECISIONS, RETRIES):
            assert approve(stack, review, zoe, claimed, queue)["answer"] == "not_permitted"


def test_a_time_that_a_sender_claims_is_not_believed(stack: Stack, review: str) -> None:
    asked = requested_at(stack, review)
    assert approve(stack, review, CAT, asked, DECISIONS)["answer"] == "recorded"

    [row] = stack.ledger.decisions(review)
    assert datetime.fromisoformat(row["enqueuedAt"]) > asked
    assert "copyEnqueuedAt" not in row


def test_a_decision_is_not_dated_before_its_request(compliance: Compliance, stack: Stack, review: str) -> None:
    asked = requested_at(stack, review)
    assert approve(stack, review, CAT, asked - 13 * DAY)["answer"] == "recorded"
    wait_until_finished(stack, review)

    [row] = stack.ledger.decisions(review)
    assert datetime.fromisoformat(row["enqueuedAt"]) == asked
    assert datetime.fromisoformat(row["copyEnqueuedAt"]) > asked
    times = [datetime.fromisoformat(record["at"]) for record in stack.ledger.audit(review) if record.get("at")]
    assert times == sorted(times)
    verified = compliance("verify", review)
    assert verified.code == ExitCode.DONE, verified.out
