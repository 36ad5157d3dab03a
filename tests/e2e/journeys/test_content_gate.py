"""What a document holds, and what a malware scan says of it, decides whether and how it is reviewed."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local.stack.devhost_process import DevhostProcess
from local.stack.eventually import eventually
from local.stack.reviews import wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from tests.e2e.submitting import ANN, BEN, submit

TAG = "Malware Scanning scan result"


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"POLICY_FILE": str(Path(__file__).with_name("content.yaml"))}


@pytest.fixture(autouse=True)
def _own_policies(host: DevhostProcess) -> None:
    """Another host has policies of its own."""


def with_macros() -> bytes:
    """Return a Word document with macros."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as document:
        for part in ("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"):
            document.writestr(part, b"<x/>")
    return content.getvalue()


def findings_sent(stack: Stack, review_id: str) -> list[Any]:
    """Return the findings that the reviewers were sent, once they were asked."""

    def sent() -> list[Any]:
        messages = (message.json() for message in stack.messages.peek("review-requests", "reviewers"))
        return [message["document"].get("findings") for message in messages if message["reviewId"] == review_id]

    return eventually(sent, "the reviewers are asked")[0]


def test_macros_are_told_to_reviewers_and_need_another_approval(stack: Stack, folder: str) -> None:
    letter = submit(stack, folder, "press-release.docx", with_macros())
    wait_until_asked(stack, letter.review_id)
    macros = [{"kind": "macros", "detail": "it holds macros"}]
    assert findings_sent(stack, letter.review_id) == macros
    stack.messages.answer(stack.messages.decide(letter.review_id, "approve", ANN))
    assert (stack.ledger.head(letter.review_id) or {})["state"] == "open"
    stack.messages.decide(letter.review_id, "approve", BEN)
    wait_until_finished(stack, letter.review_id)
    assert letter.published((ANN, "approve"), (BEN, "approve")).contradictions(stack) == []
    (event,) = [each["data"] for each in stack.events.events() if each["data"]["reviewId"] == letter.review_id]
    assert event["document"]["findings"] == macros
    [inspected] = [row for row in stack.ledger.audit(letter.review_id) if row["event"] == "document_inspected"]

    assert json.loads(inspected["facts"])["findings"] == macros


def test_reviewers_are_asked_when_the_scan_finds_nothing(stack: Stack, host: DevhostProcess, folder: str) -> None:
    rules = submit(stack, f"scanned/{folder}", "house-rules.txt")
    host.advance(hours=0.1)
    assert "deadline" not in (stack.ledger.head(rules.review_id) or {})
    stack.documents.tag(rules.name, {TAG: "No threats found"})
    host.advance(hours=0.1)
    wait_until_asked(stack, rules.review_id)
    stack.messages.decide(rules.review_id, "approve", ANN)
    wait_until_finished(stack, rules.review_id)

    assert rules.published((ANN, "approve")).contradictions(stack) == []


def test_malware_is_rejected_and_nobody_is_asked(stack: Stack, host: DevhostProcess, folder: str) -> None:
    rules = submit(stack, f"scanned/{folder}", "house-rules.txt")
    stack.documents.tag(rules.name, {TAG: "Malicious"})
    host.advance(hours=0.1)
    wait_until_finished(stack, rules.review_id)

    assert rules.archived("rejected", reason="malware").contradictions(stack) == []


def test_without_a_verdict_in_time_a_document_is_held_back(stack: Stack, host: DevhostProcess, folder: str) -> None:
    rules = submit(stack, f"scanned/{folder}", "house-rules.txt")
    host.advance(hours=0.6)
    wait_until_finished(stack, rules.review_id)
    assert rules.archived("rejected", reason="scan_missing").contradictions(stack) == []


def test_a_document_that_can_never_be_read_ends_as_failed_and_stays(stack: Stack, folder: str) -> None:
    name = f"{folder}/log.txt"
    head = wait_until_finished(stack, wait_until_open(stack, name, stack.documents.append(name, b"appended")))
    assert (head["outcome"], head["reason"]) == ("failed", "unreadable")
    assert [place.location for place in stack.documents.blobs_named(name)] == [f"pending/{name}"]
