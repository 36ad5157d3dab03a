"""Every journey of a document, by each route by which the app receives it, as storage, ledger and events show it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from local.stack.devhost_process import DevhostProcess, UploadRoute
from local.stack.eventually import eventually
from local.stack.messages import DECISIONS, SUBMISSIONS, Message
from local.stack.reviews import Ending, wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from tests.e2e.submitting import ANN, BEN, SAM, SAMPLES, Submitted, submit


@pytest.fixture(scope="module", params=["trigger", "events"])
def upload_route(request: pytest.FixtureRequest) -> UploadRoute:
    """Azure Functions' blob trigger, and BlobCreated events on a queue."""
    return request.param


def requests(stack: Stack, review_id: str) -> list[Any]:
    """Return what reviewers were sent about a review."""
    sent = (message.json() for message in stack.messages.peek("review-requests", "reviewers"))
    return [request for request in sent if request["reviewId"] == review_id]


def quarantined(stack: Stack, message_id: str) -> list[Message]:
    return [kept for kept in stack.messages.peek("decisions-quarantine") if kept.correlation_id == message_id]


def test_an_approved_document_is_published(stack: Stack, folder: str) -> None:
    report = submit(stack, folder, "annual-report.pdf")
    wait_until_asked(stack, report.review_id)
    message = stack.messages.decide(report.review_id, "approve", ANN)
    assert stack.messages.answer(message)["answer"] == "recorded"
    wait_until_finished(stack, report.review_id)
    assert report.published((ANN, "approve")).contradictions(stack) == []
    (request,) = requests(stack, report.review_id)

    assert (request["round"], request["document"]["sha256"]) == ("request", report.sha256)


def test_a_rejected_document_is_archived_in_the_cool_tier_with_the_comment_in_the_ledger(
    stack: Stack, folder: str
) -> None:
    release = submit(stack, folder, "press-release.docx")
    wait_until_asked(stack, release.review_id)
    comment = "Verspricht zu viel: „alles“ geht nicht in einer Stunde."
    stack.messages.decide(release.review_id, "reject", BEN, comment=comment)
    wait_until_finished(stack, release.review_id)

    assert release.archived("rejected", (BEN, "reject")).contradictions(stack) == []
    assert [row["comment"] for row in stack.ledger.decisions(release.review_id)] == [comment]
    assert "Stunde" not in json.dumps(stack.events.events(), ensure_ascii=False)


def test_a_document_that_nobody_answers_for_is_archived_when_72_hours_have_passed(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    plan = submit(stack, folder, "floor-plan.png")
    wait_until_asked(stack, plan.review_id)
    host.advance(hours=71.9)
    assert (stack.ledger.head(plan.review_id) or {})["state"] == "open"
    assert [place.location for place in stack.documents.blobs_named(plan.name)] == [f"pending/{plan.name}"]
    host.advance(hours=0.2)
    wait_until_finished(stack, plan.review_id)

    assert plan.archived("expired").contradictions(stack) == []


def test_only_the_newer_bytes_of_an_overwritten_document_are_published(stack: Stack, folder: str) -> None:
    first = submit(stack, folder, "price-list.csv")
    wait_until_asked(stack, first.review_id)
    second = submit(stack, folder, "price-list.csv", b"article,description,unit,price\r\nEX-1,Chair leg,piece,9.99\r\n")
    wait_until_finished(stack, first.review_id)
    overwritten = Ending(first.review_id, first.name, first.sha256, "superseded", location=None)
    wait_until_asked(stack, second.review_id)
    late = stack.messages.answer(stack.messages.decide(first.review_id, "approve", ANN))
    assert (late["answer"], late["outcome"]) == ("late", "superseded")
    stack.messages.decide(second.review_id, "approve", ANN)
    wait_until_finished(stack, second.review_id)

    assert overwritten.contradictions(stack) == []
    assert second.published((ANN, "approve")).contradictions(stack) == []


def test_a_later_version_replaces_the_published_one(stack: Stack, folder: str) -> None:
    first = submit(stack, folder, "house-rules.txt")
    wait_until_asked(stack, first.review_id)
    stack.messages.decide(first.review_id, "approve", ANN)
    wait_until_finished(stack, first.review_id)
    second = submit(stack, folder, "house-rules.txt", "Gefegt wird künftig am Morgen.\n".encode())
    wait_until_asked(stack, second.review_id)
    stack.messages.decide(second.review_id, "approve", BEN)
    wait_until_finished(stack, second.review_id)

    assert second.published((BEN, "approve")).contradictions(stack) == []
    places = [f"published/{first.name}", f"archived/{first.review_id}/{first.name}"]  # the replaced version is kept
    assert sorted(place.location for place in stack.documents.blobs_named(first.name)) == sorted(places)


def test_content_that_belies_its_name_is_rejected_and_nobody_is_asked(stack: Stack, folder: str) -> None:
    invoice = submit(stack, folder, "invoice.pdf")
    wait_until_finished(stack, invoice.review_id)
    assert invoice.archived("rejected", reason="content_mismatch").contradictions(stack) == []
    assert requests(stack, invoice.review_id) == []


def test_a_decision_sent_three_times_counts_once_and_is_answered_three_times(stack: Stack, folder: str) -> None:
    rules = submit(stack, folder, "house-rules.txt")
    wait_until_asked(stack, rules.review_id)
    sent = [stack.messages.decide(rules.review_id, "approve", ANN, decisionId="ann/1 #?") for _ in range(3)]
    answers = sorted(stack.messages.answer(message)["answer"] for message in sent)
    assert answers == ["duplicate", "duplicate", "recorded"]
    wait_until_finished(stack, rules.review_id)

    assert rules.published((ANN, "approve")).contradictions(stack) == []


def test_a_malformed_decision_decides_nothing_and_is_answered_kept_and_announced(stack: Stack, folder: str) -> None:
    report = submit(stack, folder, "annual-report.pdf")
    wait_until_asked(stack, report.review_id)
    said = {"decisionId": folder, "reviewId": report.review_id, "decision": "Approve", "reviewer": ANN}
    wrong = json.dumps(said).encode()
    message = stack.messages.send(DECISIONS, wrong)
    answer = stack.messages.answer(message)
    assert (answer["answer"], answer["decisionId"]) == ("malformed", folder)
    assert "decision" in answer["explanation"]
    assert [kept.body for kept in quarantined(stack, message)] == [wrong]
    refusals = eventually(
        lambda: [each["data"] for each in stack.events.events() if each["data"].get("decisionId") == folder],
        "the refusal is announced",
    )
    assert {refusal["answer"] for refusal in refusals} == {"malformed"}
    assert (stack.ledger.head(report.review_id) or {})["state"] == "open"
    stack.messages.decide(report.review_id, "approve", ANN)
    wait_until_finished(stack, report.review_id)

    assert report.published((ANN, "approve")).contradictions(stack) == []


def test_a_withdrawn_document_is_archived(stack: Stack, folder: str) -> None:
    release = submit(stack, folder, "press-release.docx")
    wait_until_asked(stack, release.review_id)
    said = {"type": "ReviewWithdrawnV1", "reviewId": release.review_id, "by": SAM, "reason": "too early"}
    stack.messages.send(DECISIONS, json.dumps(said).encode())
    wait_until_finished(stack, release.review_id)

    assert release.archived("withdrawn").contradictions(stack) == []


def test_the_submitter_does_not_decide_on_the_own_document(stack: Stack, folder: str) -> None:
    plan = submit(stack, folder, "floor-plan.png")
    wait_until_asked(stack, plan.review_id)
    message = stack.messages.decide(plan.review_id, "approve", SAM)
    assert stack.messages.answer(message)["answer"] == "not_permitted"
    stack.messages.decide(plan.review_id, "reject", BEN)
    wait_until_finished(stack, plan.review_id)

    assert plan.archived("rejected", (BEN, "reject")).contradictions(stack) == []


def test_a_document_that_a_message_announces_travels_the_same_way(stack: Stack, folder: str) -> None:
    content, name = (SAMPLES / "annual-report.pdf").read_bytes(), f"{folder}/Geschäftsbericht 2024 #1?.pdf"
    etag = stack.documents.upload(name, content, container="submissions")
    said = {"type": "DocumentSubmittedV1", "container": "submissions", "name": name, "etag": etag, "submitter": SAM}
    stack.messages.send(SUBMISSIONS, json.dumps(said).encode())
    review_id = wait_until_open(stack, name, etag, container="submissions")
    wait_until_asked(stack, review_id)
    stack.messages.decide(review_id, "approve", ANN)
    wait_until_finished(stack, review_id)
    announced = Submitted(name, hashlib.sha256(content).hexdigest(), review_id)

    assert announced.published((ANN, "approve")).contradictions(stack) == []


def test_an_ending_that_is_not_as_expected_shows_everywhere(stack: Stack, folder: str) -> None:
    report = submit(stack, folder, "annual-report.pdf")
    wait_until_asked(stack, report.review_id)
    stack.messages.decide(report.review_id, "approve", ANN)
    wait_until_finished(stack, report.review_id)
    found = report.archived("rejected", (BEN, "reject")).contradictions(stack)

    for part in ("ledger: outcome", "ledger: location", "ledger: decisions", "storage: the bytes", "events:"):
        assert [each for each in found if each.startswith(part)]
