"""One document has one review whatever its name is spelled like; what names nothing, or no document, opens none."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from contracts.messages.events import SUBMISSION_REFUSED
from local.stack.devhost_process import DevhostProcess
from local.stack.eventually import eventually
from local.stack.messages import SUBMISSIONS, Message
from local.stack.reviews import wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from tests import malformed
from tests.e2e.submitting import ANN, SAM
from tests.e2e.sweep.sweeping import sweep
from tests.front_door import attest_submission, key_set_text, public_jwk


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    policies = Path(__file__).with_name("announcements.yaml")
    return {"POLICY_FILE": str(policies), "ATTESTATION_KEYS": key_set_text(public_jwk())}


def announce(stack: Stack, name: str, etag: str, container: str = "pending", **said: str) -> str:
    wire = {"type": "DocumentSubmittedV1", "container": container, "name": name, "etag": etag, **said}
    return stack.messages.send(SUBMISSIONS, json.dumps(wire).encode())


def hand_in(stack: Stack, name: str, etag: str, content: bytes, container: str = "pending") -> str:
    """Announce a document as the front door does for Sam."""
    sha256 = hashlib.sha256(content).hexdigest()
    said: dict[str, Any] = {
        "container": container,
        "name": name,
        "etag": etag,
        "documentSha256": sha256,
        "submitter": SAM,
    }
    wire = {"type": "DocumentSubmittedV2", "submitterProof": attest_submission(**said), **said}
    return stack.messages.send(SUBMISSIONS, json.dumps(wire).encode())


def tell_upload(stack: Stack, name: str, etag: str) -> str:
    """Send what storage would send about an upload."""
    event = json.loads(json.dumps(malformed.BLOB_CREATED))
    event["subject"] = f"/blobServices/default/containers/pending/blobs/{name}"
    event["data"]["eTag"] = etag
    return stack.messages.send(SUBMISSIONS, json.dumps(event).encode())


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
        tell_upload(stack, spelled, etag)
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


@pytest.mark.parametrize("first", ["upload", "announcement"])
def test_a_submitter_is_proven_whether_the_upload_or_its_announcement_comes_first(
    stack: Stack, host: DevhostProcess, folder: str, first: str
) -> None:
    """Each comes twice. What storage and the blob trigger themselves tell of the upload comes in any order."""
    name, content = f"vouched/{folder}.txt", b"a plan"
    etag = stack.documents.upload(name, content, {"submitter": SAM})
    sent = list[str]()
    for _ in range(2):
        if first == "upload":
            sent += [tell_upload(stack, name, etag), hand_in(stack, name, etag, content)]
        else:
            sent += [hand_in(stack, name, etag, content), tell_upload(stack, name, etag)]
    review = wait_until_open(stack, name, etag)
    wait_until_asked(stack, review)
    host.advance(1)

    assert [each for message in sent for each in kept(stack, message)] == []
    assert refusals(stack, name) == []
    assert stack.ledger.reviews_of(name) == [review]
    head = stack.ledger.head(review)
    assert head
    assert head["submitter"] == SAM
    assert head["submissionProof"]


def test_an_upload_that_nobody_announces_is_refused_within_the_hour_and_a_late_announcement_opens_it(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    name, content = f"vouched/{folder}.txt", b"a plan"
    etag = stack.documents.upload(name, content, {"submitter": SAM})
    told = tell_upload(stack, name, etag)
    direct = announce(stack, name, etag)
    assert wait_until_kept(stack, direct)["refusedBecause"] == "proof_missing"
    host.advance(0.5)
    assert kept(stack, told) == []
    host.advance(0.5)
    assert wait_until_kept(stack, told)["refusedBecause"] == "proof_missing"
    refused = eventually(lambda: refusals(stack, name), "the blob is refused")
    assert {each["reason"] for each in refused} == {"proof_missing"}
    assert stack.ledger.reviews_of(name) == []

    hand_in(stack, name, etag, content)
    review = wait_until_open(stack, name, etag)
    wait_until_asked(stack, review)
    withdrawal = {"type": "ReviewWithdrawnV1", "reviewId": review, "by": SAM, "reason": "unproven"}
    sent = stack.messages.send("review-decisions", json.dumps(withdrawal).encode())
    assert stack.messages.answer(sent)["answer"] == "proof_missing"


def test_bytes_that_nobody_has_handed_in_are_rejected_and_a_replaced_version_is_not_opened(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    name = f"vouched/{folder}.txt"
    etag = stack.documents.upload(name, b"other bytes", container="submissions")
    hand_in(stack, name, etag, b"a plan", "submissions")
    review = wait_until_open(stack, name, etag, container="submissions")
    wait_until_finished(stack, review)
    head = stack.ledger.head(review)
    assert head
    assert (head["outcome"], head["reason"]) == ("rejected", "not_as_submitted")

    replaced = stack.documents.upload(f"{name}x", b"a plan", container="submissions")
    etag = stack.documents.upload(f"{name}x", b"a plan", container="submissions")
    old = hand_in(stack, f"{name}x", replaced, b"a plan", "submissions")
    host.advance(1)
    assert wait_until_kept(stack, old)["refusedBecause"] == "refused"
    assert stack.ledger.reviews_of(f"{name}x") == []
