"""What `inspect_document` finds, and that it leaves no trace while the document is there."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobType

from activities import inspect_document
from adapters.blobs.pinned_blob import HELD_BYTES
from adapters.content.processes.pool import Inspectors
from compliance.content import ContentFinding, ContentPolicy, Finding
from compliance.document import DocumentVersion, bare_etag, review_id
from compliance.outcome import Reason, ReviewState, Verdict
from compliance.review import Head
from contracts.history import Inspection, ReviewStep
from contracts.names import PENDING
from tests.builders import REQUESTED_AT, policy
from tests.storage.account import Account, fresh_name
from tests.storage.wire import after, pass_on
from tests.unit.adapters.content.crafted import archive, word

BYTES = b"the annual report"
NAME = "annual report.txt"
Inspect = Callable[[str], Awaitable[Inspection | None]]


@pytest.fixture(scope="module")
def inspectors() -> Inspectors:
    """Return inspectors whose parser does what a document says, and otherwise inspects it."""
    return Inspectors("tests.unit.adapters.content.hostile_inspector")


@pytest.fixture
def inspect(account: Account, inspectors: Inspectors, monkeypatch: pytest.MonkeyPatch) -> Inspect:
    """Return the activity over the account's storage."""
    app = SimpleNamespace(ledger=account.ledger, documents=account.documents, inspectors=inspectors)
    monkeypatch.setattr(inspect_document, "current_app", lambda: app)
    activity: Any = inspect_document.inspect_document._function.get_user_function()

    async def run(review: str) -> Inspection | None:
        step = ReviewStep(review_id=review, at=REQUESTED_AT)
        found = await activity(step.model_dump(mode="json", by_alias=True))
        return found and Inspection.model_validate(found)

    return run


async def opened(
    account: Account, name: str, content: bytes = BYTES, content_policy: ContentPolicy | None = None, **changes: Any
) -> Head:
    """Open a review that waits for its document's inspection."""
    etag = await account.put(PENDING, name, content)
    version = DocumentVersion(PENDING, name, etag, None, len(content))
    rules = policy(content=content_policy or ContentPolicy(), **changes)
    head = Head(review_id(PENDING, name, etag), version, rules)
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


async def test_a_document_is_inspected_with_one_request_to_the_documents(account: Account, inspect: Inspect) -> None:
    head = await opened(account, fresh_name("letter.docx"), word(word__vbaProject_bin=b""))
    account.wire.step_in(pass_on)

    found = await inspect(head.review_id)

    assert found
    assert [finding.kind for finding in found.findings] == [ContentFinding.MACROS]
    assert len([request for request in account.wire.requests if f"/{PENDING}/" in request]) == 1


async def test_the_review_of_a_document_that_ends_its_inspector_goes_on(account: Account, inspect: Inspect) -> None:
    ordinary = await opened(account, fresh_name("letter.docx"), word(word__vbaProject_bin=b""))
    for hostile in (b"memory", b"crash"):
        head = await opened(account, fresh_name(NAME), hostile)

        found, beside = await asyncio.gather(inspect(head.review_id), inspect(ordinary.review_id))

        assert found
        assert found.sha256 == hashlib.sha256(hostile).hexdigest()
        assert [finding.kind for finding in found.findings] == [ContentFinding.MACROS, ContentFinding.NOT_INSPECTED]
        assert beside
        assert [finding.kind for finding in beside.findings] == [ContentFinding.MACROS]


async def test_of_a_large_archive_parts_are_read_again(account: Account, inspect: Inspect) -> None:
    content = archive({"noise": secrets.token_bytes(HELD_BYTES + 1), "a.docm": word(word__vbaProject_bin=b"")})
    head = await opened(account, fresh_name("bundle.zip"), content)
    account.wire.step_in(pass_on)

    found = await inspect(head.review_id)

    assert found
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert [finding.kind for finding in found.findings] == [ContentFinding.MACROS]
    assert len([request for request in account.wire.requests if f"/{PENDING}/" in request]) < 20  # 128 pieces of 64 KiB


async def test_bytes_that_are_replaced_while_parts_are_read_again_supersede_the_review(
    account: Account, inspect: Inspect
) -> None:
    content = archive({"noise": secrets.token_bytes(HELD_BYTES + 1)})
    head = await opened(account, fresh_name("bundle.zip"), content)

    async def overwrite() -> None:
        await account.put(PENDING, head.document.name, b"corrected")

    account.wire.step_in(after(4, overwrite))  # the head's row, and the three blocks
    assert await inspect(head.review_id) is None

    stored = await account.books.find(head.review_id)
    assert stored
    assert stored.verdict is Verdict.SUPERSEDE


@pytest.mark.parametrize("kind", [BlobType.APPENDBLOB, BlobType.PAGEBLOB])
async def test_what_is_no_block_blob_is_never_read(account: Account, inspect: Inspect, kind: BlobType) -> None:
    name = fresh_name(NAME)
    blob = account.users.get_blob_client(PENDING, name)
    await blob.upload_blob(bytes(512), blob_type=kind)
    etag = bare_etag((await blob.get_blob_properties()).etag)
    head = Head(review_id(PENDING, name, etag), DocumentVersion(PENDING, name, etag, None, 512), policy())
    await account.books.insert(head)

    assert await inspect(head.review_id) == Inspection(length=512, refused=Reason.UNREADABLE)


@pytest.mark.parametrize("code", ["BlobArchived", "BlobUsesCustomerSpecifiedEncryption"])
async def test_what_storage_never_hands_out_ends_the_inspection(account: Account, inspect: Inspect, code: str) -> None:
    head = await opened(account, fresh_name(NAME))

    async def refuse(_: int) -> None:
        if f"/{PENDING}/" in account.wire.requests[-1]:
            refusal: Any = HttpResponseError("409, injected")
            refusal.error_code = code
            raise refusal

    account.wire.step_in(refuse)
    assert await inspect(head.review_id) == Inspection(length=len(BYTES), refused=Reason.UNREADABLE)


@pytest.mark.parametrize(("allowed", "expected"), [(("txt",), timedelta(minutes=5)), (("pdf",), None)])
async def test_a_malware_scan_is_waited_for_unless_the_document_is_refused_anyhow(
    account: Account, inspect: Inspect, allowed: tuple[str, ...], expected: timedelta | None
) -> None:
    rules = ContentPolicy(allowed_types=allowed, scan_timeout=timedelta(minutes=5))
    head = await opened(account, fresh_name(NAME), content_policy=rules)

    found = await inspect(head.review_id)

    assert found
    assert found.scan_timeout == expected


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

    stored = await account.books.find(head.review_id)
    assert stored
    if found is None:
        assert (stored.state, stored.verdict) == (ReviewState.DECIDED, Verdict.SUPERSEDE)
    else:  # they came after the inspected bytes had been read
        assert replace(stored, last_audit=0, audit_digest=None) == head


async def test_a_review_that_has_begun_is_not_inspected_again(account: Account, inspect: Inspect) -> None:
    head = await account.review(fresh_name(NAME), BYTES, Verdict.APPROVE)

    assert await inspect(head.review_id) is None
