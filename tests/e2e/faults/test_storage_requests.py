"""How many requests to storage the app sends on a document's ordinary way."""

from __future__ import annotations

import uuid

import pytest

from local.stack.eventually import eventually
from local.stack.reviews import wait_until_asked, wait_until_finished
from local.stack.running import Stack
from tests.e2e.faults.faulty_stack import FaultyStack
from tests.e2e.submitting import ANN, SAMPLES, Submitted, submit
from tests.e2e.sweep.sweeping import sweep
from tests.front_door import attest_decision, key_set_text, public_jwk

MOST_BEFORE_EVENT = 16
MOST = 20
# What no message waits for, by the rows: the review in the list of its submitter, among those whose reviewers were
# asked, in the list of its reviewer, and among the finished ones.
TAIL = ("PartitionKey='submitted-", "RowKey='wait-unasked-", "PartitionKey='decided-", "RowKey='past-")


@pytest.fixture(scope="module", params=[False, True], ids=["no-front-door", "front-door"])
def has_front_door(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture(scope="module")
def settings(has_front_door: bool) -> dict[str, str]:
    return {"ATTESTATION_KEYS": key_set_text(public_jwk())} if has_front_door else {}


def approve(stack: Stack, document: Submitted, *, attested: bool) -> None:
    said = {"decisionId": str(uuid.uuid4()), "decision": "approve", "reviewer": ANN}
    if attested:
        said["proof"] = attest_decision(said | {"reviewId": document.review_id}, document.sha256)
    stack.messages.decide(document.review_id, **said)


def test_a_document_costs_few_storage_requests_from_upload_to_announcement(
    proxied: FaultyStack, folder: str, has_front_door: bool
) -> None:
    """With a front door, count an attested decision: its answer is written in the transaction that records it."""
    if has_front_door:  # the first attested message of a person binds the name
        bound = submit(proxied.stack, f"{folder}-first", "house-rules.txt")
        wait_until_asked(proxied.stack, bound.review_id)
        approve(proxied.stack, bound, attested=True)
        wait_until_finished(proxied.stack, bound.review_id)
    sweep(proxied.host)  # the next one is five minutes away
    before = len(proxied.proxy.requests)

    content = (SAMPLES / "annual-report.pdf").read_bytes() + folder.encode()  # of which nobody knows another review
    report = submit(proxied.stack, folder, "annual-report.pdf", content)
    wait_until_asked(proxied.stack, report.review_id)
    approve(proxied.stack, report, attested=has_front_door)
    wait_until_finished(proxied.stack, report.review_id)

    def tail() -> list[str]:
        requests = proxied.proxy.requests[before:]
        return [each for each in requests if any(row in each for row in TAIL)]

    eventually(lambda: len(tail()) >= len(TAIL), "the review is listed for all who look for it", 10)
    assert report.published((ANN, "approve")).contradictions(proxied.stack) == []
    requests = proxied.proxy.requests[before:]
    assert len(requests) <= MOST, "\n".join(requests)
    assert len(requests) - len(tail()) <= MOST_BEFORE_EVENT, "\n".join(requests)
