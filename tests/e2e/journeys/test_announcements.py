"""One document has one review whatever its name is spelled like; what names nothing, or no document, opens none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.messages.events import SUBMISSION_REFUSED
from local.stack.devhost_process import PROJECT, DevhostProcess
from local.stack.eventually import eventually
from local.stack.messages import SUBMISSIONS, Message
from local.stack.reviews import wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from tests import malformed
from tests.e2e.submitting import ANN
from tests.e2e.sweep.sweeping import sweep


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"POLICY_FILE": str(PROJECT / "policies/examples/company.yaml")}


def announce(stack: Stack, name: str, etag: str, container: str = "pending", **said: str) -> str:
    wire = {"type": "DocumentSubmittedV1", "container": container, "name": name, "etag": etag, **said}
    return stack.messages.send(SUBMISSIONS, json.dumps(wire).encode())


def kept(stack: Stack, message_id: str) -> list[Message]:
    return [each for each in stack.messages.peek("submissions-quarantine") if each.correlation_id == message_id]


def wait_until_kept(stack: Stack, message_id: str) -> dict[str, Any]:
    (found,) = eventually(lambda: kept(stack, message_id), f"message {message_id} is quarantined")
    return dict(found.properties)


def refusals(stack: Stack, name: str) -> list[dict[str, Any]]:
    """Return what was announced of blobs of this name that are refused."""
    announced = (event["data"] for event in stack.events.events() if event["type"] == SUBMISSION_REFUSED)
    return [data for data in announced if (data.get("document") or {}).get("name") == name]


def test_no_spelling_of_a_name_opens_a_second_review_or_changes_the_class(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    name = f"contracts/{folder}.txt"
    etag = stack.documents.upload(f"contracts\\{folder}.txt", b"a deal")
    review_id = wait_until_open(stack, name, etag)
    for spelled in (name, name.replace("/", "\\")):
        announce(stack, spelled, etag)
        event = json.loads(json.dumps(malformed.BLOB_CREATED))
        event["subject"] = f"/blobServices/default/containers/pending/blobs/{spelled}"
        event["data"]["eTag"] = etag
        stack.messages.send(SUBMISSIONS, json.dumps(event).encode())
    sweep(host)

    assert stack.ledger.reviews_of(name) == [review_id]
    assert stack.ledger.reviews_of(name.replace("/", "\\")) == []
    assert json.loads(wait_until_asked(stack, review_id)["policy"])["document_class"] == "contract"


def test_a_class_that_the_prefix_does_not_admit_is_refused_on_both_roads(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    name = f"Contracts/{folder}.txt"
    etag = stack.documents.upload(name, b"a deal", {"documentclass": "default"})
    refusal = eventually(lambda: refusals(stack, name), "the blob is refused")[0]
    message = announce(stack, name, etag)
    sweep(host)

    text = "have the class contract and no other"
    assert text in refusal["explanation"]
    assert text in wait_until_kept(stack, message)["explanation"]
    assert stack.ledger.reviews_of(name) == []
    assert [blob.container for blob in stack.documents.blobs_named(name)] == ["pending"]

    etag = stack.documents.upload(name, b"a deal", {"documentclass": "contract"})
    review_id = wait_until_open(stack, name, etag)
    assert json.loads(wait_until_asked(stack, review_id)["policy"])["document_class"] == "contract"


def test_an_announcement_of_nothing_comes_again_and_is_then_refused(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    message = announce(stack, f"{folder}.txt", "0x1", "submissions")
    host.advance(0.5)
    assert kept(stack, message) == []
    host.advance(0.5)
    assert "there is no such blob" in wait_until_kept(stack, message)["explanation"]


def test_an_event_of_a_document_that_was_published_meanwhile_is_harmless(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    name = f"{folder}.txt"
    etag = stack.documents.upload(name, b"a plan")
    review_id = wait_until_open(stack, name, etag)
    wait_until_asked(stack, review_id)
    stack.messages.decide(review_id, "approve", ANN)
    wait_until_finished(stack, review_id)
    message = announce(stack, name, etag)
    host.advance(1)
    assert kept(stack, message) == []
    assert stack.ledger.reviews_of(name) == [review_id]


def test_files_that_are_no_documents_and_names_that_storage_would_change_stay_where_they_are(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    names = [f"{folder}/.DS_Store", f"{folder}//plan.txt", f"{folder}/empty.pdf"]
    for name in names:
        stack.documents.upload(name, b"" if name.endswith("pdf") else b"text")
    sweep(host)

    assert [blob.container for name in names for blob in stack.documents.blobs_named(name)] == ["pending"] * 3
    assert [stack.ledger.reviews_of(name) for name in names] == [[], [], []]
