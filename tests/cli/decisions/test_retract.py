"""Published documents are taken back on record: archived, told to subscribers, and proved."""

from __future__ import annotations

import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobLeaseClient, BlobServiceClient

from cli.failures import ExitCode
from local.stack.endpoints import Endpoints
from local.stack.eventually import eventually
from local.stack.reviews import wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from tests.cli.running import Compliance

RITA, SAM = "rita@example.org", "sam@example.org"


@pytest.fixture
def name() -> str:
    return f"{uuid.uuid4()}.txt"


@pytest.fixture
def review(stack: Stack, name: str) -> str:
    """Return the id of a review whose document is published."""
    identity = publish(stack, name)
    wait_until_finished(stack, identity)
    return identity


def publish(stack: Stack, name: str, content: bytes = b"rules") -> str:
    identity = wait_until_open(stack, name, stack.documents.upload(name, content, {"submitter": SAM}))
    wait_until_asked(stack, identity)
    assert stack.messages.answer(stack.messages.decide(identity, "approve", RITA))["answer"] == "recorded"
    return identity


def events(stack: Stack, review: str) -> list[dict[str, Any]]:
    """Return the events that a review's document was taken back."""
    found = [event for event in stack.events.events() if event["type"] == "compliance.document.retracted.v1"]
    return [event for event in found if event["data"]["reviewId"] == review]


def history(stack: Stack, review: str) -> list[tuple[str, str | None, str | None]]:
    rows = [row for row in stack.ledger.audit(review) if "retract" in row["event"]]
    return [(row["event"], row.get("who"), row.get("detail")) for row in rows]


def test_a_published_document_is_archived_and_subscribers_are_told(
    compliance: Compliance, stack: Stack, review: str, name: str
) -> None:
    ended = compliance("retract", review, "--as", RITA, "--comment", "it names a customer", "--json")

    assert (ended.code, ended.json()["answer"]) == (ExitCode.DONE, "recorded"), ended.err
    [event] = eventually(lambda: events(stack, review), "the retraction is announced")
    place = f"archived/{review}/{name}"
    assert (event["data"]["retractedBy"], event["data"]["location"]) == (RITA, place)
    assert [(blob.location, blob.tier) for blob in stack.documents.blobs_named(name)] == [(place, "Cool")]
    shown = compliance("show", review, "--json").json()
    assert (shown["outcome"], shown["location"], shown["retraction"]["done"]) == ("approved", place, True)
    assert f"It was taken back; {RITA} asked for that " in compliance("show", review).out
    assert history(stack, review) == [
        ("retraction_requested", RITA, "it names a customer"),
        ("document_retracted", None, None),
    ]
    verified = compliance("verify", review, "--digest", event["data"]["auditDigest"])
    assert verified.code == ExitCode.DONE, verified.out
    assert compliance("withdraw", review, "--as", SAM, "--comment", "x").out.count("Late") == 1


def test_evidence_of_it_is_sound_on_its_own(compliance: Compliance, stack: Stack, review: str, tmp_path: Path) -> None:
    assert compliance("retract", review, "--as", RITA, "--comment", "x").code == ExitCode.DONE
    eventually(lambda: events(stack, review), "the retraction is announced")
    bundle = tmp_path / "bundle.zip"

    made = compliance("evidence", review, "--with-document", "-o", bundle)

    assert made.code == ExitCode.DONE, made.err
    verified = compliance("verify", "--file", bundle)
    assert verified.code == ExitCode.DONE, verified.out


def test_one_that_stops_in_the_middle_is_listed_and_finished_by_the_sweep(
    compliance: Compliance, stack: Stack, review: str, name: str
) -> None:
    assert stack.host
    endpoints = Endpoints.from_devhost(stack.host.state)
    with BlobServiceClient.from_connection_string(endpoints.storage) as storage:
        lease = BlobLeaseClient(storage.get_blob_client("published", name))
        lease.acquire()
        assert compliance("retract", review, "--as", RITA, "--comment", "x").code == ExitCode.DONE
        [listed] = [each for each in compliance("list", "--json").json() if each["reviewId"] == review]
        assert (listed["state"], listed["retraction"]["done"]) == ("closed", False)
        assert events(stack, review) == []
        lease.release()

    stack.host.advance(0.1)

    [_] = eventually(lambda: events(stack, review), "the retraction is announced")
    assert [blob.container for blob in stack.documents.blobs_named(name)] == ["archived"]
    assert review not in [each["reviewId"] for each in compliance("list", "--json").json()]


def test_a_copy_whose_metadata_a_tool_replaced_is_taken_back_too(
    compliance: Compliance, stack: Stack, review: str, name: str
) -> None:
    assert stack.host
    endpoints = Endpoints.from_devhost(stack.host.state)
    with BlobServiceClient.from_connection_string(endpoints.storage) as storage:
        storage.get_blob_client("published", name).set_blob_metadata({"seo": "1"})

    assert compliance("retract", review, "--as", RITA, "--comment", "x").code == ExitCode.DONE

    eventually(lambda: events(stack, review), "the retraction is announced")
    assert [blob.container for blob in stack.documents.blobs_named(name)] == ["archived"]


def test_an_earlier_version_is_not_published_any_more_and_its_evidence_still_has_its_bytes(
    compliance: Compliance, stack: Stack, review: str, name: str, tmp_path: Path
) -> None:
    later = publish(stack, name, b"other rules")
    wait_until_finished(stack, later)
    bundle = tmp_path / "replaced.zip"
    made = compliance("evidence", review, "--with-document", "-o", bundle)
    assert made.code == ExitCode.DONE, made.err
    with zipfile.ZipFile(bundle) as archive:
        assert archive.read("document.bin") == b"rules"
    assert compliance("verify", "--file", bundle, "--json").json()["document"]
    assert compliance("verify", review, "--json").json()["compared"] == "sha256"
    assert f"replaced by review {later}; kept: " in compliance("show", review, "--json").json()["whereabouts"]

    refused = compliance("retract", review, "--as", RITA, "--comment", "x", "--json")

    assert (refused.code, refused.json()["answer"]) == (ExitCode.REFUSED, "late")
    assert later in refused.json()["explanation"]
    assert "published" in [blob.container for blob in stack.documents.blobs_named(name)]


def test_a_person_whose_right_has_ended_may_not(compliance: Compliance, review: str) -> None:
    assert compliance("revoke", "leo", "--as", "olga", "--comment", "has left").code == ExitCode.DONE
    refused = compliance("retract", review, "--as", "leo", "--comment", "x", "--json")
    assert (refused.code, refused.json()["answer"]) == (ExitCode.REFUSED, "not_permitted")


def test_what_is_still_under_review_cannot_be_taken_back(compliance: Compliance, stack: Stack, name: str) -> None:
    identity = wait_until_open(stack, name, stack.documents.upload(name, b"rules", {"submitter": SAM}))
    refused = compliance("retract", identity, "--as", RITA, "--comment", "x", "--json")
    assert (refused.code, refused.json()["answer"]) == (ExitCode.REFUSED, "not_permitted")
