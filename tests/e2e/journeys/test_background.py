"""What reviewers are told of a document before they decide: what it would replace, and what became of its bytes."""

from __future__ import annotations

from typing import Any

from local.stack.eventually import eventually
from local.stack.reviews import wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from tests.e2e.submitting import ANN, BEN, SAM, submit


def asked(stack: Stack, review_id: str) -> Any:
    """Return the request for decisions on a review."""

    def found() -> Any:
        requests = (message.json() for message in stack.messages.peek("review-requests", "reviewers"))
        return next((request for request in requests if request["reviewId"] == review_id), None)

    return eventually(found, f"reviewers are asked about review {review_id}")


def test_bytes_that_were_rejected_and_come_back_under_another_name_are_told(stack: Stack, folder: str) -> None:
    content = f"rejected once {folder}".encode()
    first = submit(stack, folder, "report.txt", content)
    assert "sameBytes" not in asked(stack, first.review_id)
    stack.messages.answer(stack.messages.decide(first.review_id, "reject", ANN))
    wait_until_finished(stack, first.review_id)

    again = submit(stack, folder, "renamed.txt", content)
    (told,) = asked(stack, again.review_id)["sameBytes"]

    assert (told["reviewId"], told["name"], told["outcome"]) == (first.review_id, first.name, "rejected")
    assert (told["approvals"], told["rejections"]) == (0, 1)


def test_the_version_that_an_approval_would_replace_is_told(stack: Stack, folder: str) -> None:
    first = submit(stack, folder, "plan.txt", b"first")
    assert "replaces" not in asked(stack, first.review_id)
    stack.messages.answer(stack.messages.decide(first.review_id, "approve", ANN))
    wait_until_finished(stack, first.review_id)

    second = submit(stack, folder, "plan.txt", b"second")
    told = asked(stack, second.review_id)["replaces"]

    assert (told["reviewId"], told["location"]) == (first.review_id, f"published/{first.name}")


def test_a_tool_that_replaces_the_metadata_does_not_make_the_submitter_a_reviewer(stack: Stack, folder: str) -> None:
    first = submit(stack, folder, "plan.txt", b"mine")
    wait_until_asked(stack, first.review_id)
    etag = stack.documents.upload(first.name, b"mine", {"mtime": "1"})
    second = wait_until_open(stack, first.name, etag)

    assert asked(stack, second)["earlierSubmitters"] == [SAM]
    mine = stack.messages.answer(stack.messages.decide(second, "approve", f"Sam <{SAM.upper()}>"))
    assert (mine["answer"], "earlier version" in mine["explanation"]) == ("not_permitted", True)
    assert stack.messages.answer(stack.messages.decide(second, "approve", BEN))["answer"] == "recorded"
