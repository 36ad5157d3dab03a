"""What `inspect_document` finds, and that it leaves no trace while the document is there."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from activities import inspect_document
from compliance.content import ContentFinding, Finding
from compliance.document import DocumentVersion, review_id
from compliance.outcome import Reason, ReviewState, Verdict
from compliance.review import Head
from contracts.workflow import PENDING, Inspection, ReviewStep
from tests.adapters.account import Account, fresh_name
from tests.adapters.wire import after
from tests.builders import REQUESTED_AT, policy

BYTES = b"the annual report"
NAME = "annual report.txt"
Inspect = Callable[[str], Awaitable[Inspection | None]]


@pytest.fixture
def inspect(account: Account, monkeypatch: pytest.MonkeyPatch) -> Inspect:
    """The activity over the account's storage."""
    app = SimpleNamespace(ledger=account.ledger, documents=account.documents)
    monkeypatch.setattr(inspect_document, "adapters", lambda: app)
    activity: Any = inspect_document.inspect_document._function.get_user_function()

    async def run(review: str) -> Inspection | None:
        step = ReviewStep(review_id=review, at=REQUESTED_AT)
        found = await activity(step.model_dump(mode="json", by_alias=True))
        return found and Inspection.model_validate(found)

    return run


async def opened(account: Account, name: str, content: bytes = BYTES, **changes: Any) -> Head:
    """A review that waits for its document's inspection."""
    etag = await account.put(PENDING, name, content)
    version = DocumentVersion(PENDING, name, etag, None, len(content), "text/plain")
    head = Head(review_id(PENDING, name, etag), version, policy(**changes))
    await account.books.insert(head)
    return head


async def test_facts_are_returned_and_nothing_is_written(account: Account, inspect: Inspect) -> None:
    head = await opened(account, fresh_name(NAME))
    before = await account.books.review(head.review_id)

    assert await inspect(head.review_id) == Inspection(length=len(BYTES), sha256=hashlib.sha256(BYTES).hexdigest())

    assert await account.books.review(head.review_id) == before
    assert {request.split()[0] for request in account.wire.requests} <= {"GET", "HEAD"}


async def test_content_that_belies_its_name_is_a_fact_like_any_other(account: Account, inspect: Inspect) -> None:
    head = await opened(account, fresh_name("report.png"))

    digest = hashlib.sha256(BYTES).hexdigest()
    mismatch = Finding(ContentFinding.TYPE_MISMATCH, "its content is not what its name says")
    told = Inspection(length=len(BYTES), sha256=digest, findings=(mismatch,))
    assert await inspect(head.review_id) == told


async def test_what_is_too_large_is_refused_unread(account: Account, inspect: Inspect) -> None:
    head = await opened(account, fresh_name(NAME), max_bytes=len(BYTES) - 1)

    assert await inspect(head.review_id) == Inspection(length=len(BYTES), refused=Reason.TOO_LARGE)


async def test_a_document_of_the_largest_size_is_read(account: Account, inspect: Inspect) -> None:
    head = await opened(account, fresh_name(NAME), max_bytes=len(BYTES))

    found = await inspect(head.review_id)

    assert found
    assert found.refused is None


@pytest.mark.parametrize("requests", [0, 1, 2])
async def test_other_bytes_supersede_the_review(account: Account, inspect: Inspect, requests: int) -> None:
    head = await opened(account, fresh_name(NAME))

    async def overwrite() -> None:
        await account.put(PENDING, head.document.name, b"corrected")

    account.wire.step_in(after(requests, overwrite))
    if requests == 0:
        await overwrite()
    found = await inspect(head.review_id)

    stored = await account.books.head(head.review_id)
    assert stored
    if found is None:
        assert (stored.state, stored.verdict) == (ReviewState.DECIDED, Verdict.SUPERSEDE)
    else:  # they came after the inspected bytes had been read
        assert replace(stored, last_audit=0, audit_digest=None) == head


async def test_a_review_that_has_begun_is_not_inspected_again(account: Account, inspect: Inspect) -> None:
    head = await account.review(fresh_name(NAME), BYTES, Verdict.APPROVE)

    assert await inspect(head.review_id) is None
