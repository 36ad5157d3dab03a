"""The malware scan's verdict, as it lies in a stored document's index tags; and what can never be read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from azure.storage.blob import AccountSasPermissions, ResourceTypes, Services, generate_account_sas
from azure.storage.blob.aio import BlobServiceClient

from activities import archive_document, read_scan_verdict
from adapters.blobs.documents import Documents
from adapters.blobs.pinned_blob import DocumentChangedError, PinnedBlob
from compliance.document import DocumentVersion, review_id
from compliance.outcome import Outcome, Reason, Verdict
from compliance.review import Head
from compliance.transitions import begin
from contracts.history import MoveResult, ReviewStep, ScanReading
from contracts.malware_scan import ScanVerdict
from contracts.names import PENDING
from tests.builders import REQUESTED_AT, policy
from tests.storage.account import Account, fresh_name
from tests.storage.wire import after, pass_on

TAG = "Malware Scanning scan result"
Activity = Callable[[Any, str], Awaitable[Any]]


@pytest.fixture
def run(account: Account, monkeypatch: pytest.MonkeyPatch) -> Activity:
    """Return a function that runs an activity over the account's storage."""
    app = SimpleNamespace(ledger=account.ledger, documents=account.documents, mover=account.mover)

    async def runs(module: Any, review: str) -> Any:
        monkeypatch.setattr(module, "current_app", lambda: app)
        activity = getattr(module, module.__name__.rpartition(".")[2])._function.get_user_function()
        return await activity(ReviewStep(review_id=review, at=REQUESTED_AT).model_dump(mode="json", by_alias=True))

    return runs


async def opened(account: Account) -> Head:
    name = fresh_name()
    etag = await account.put(PENDING, name, b"content")
    head = Head(review_id(PENDING, name, etag), DocumentVersion(PENDING, name, etag, None, 7), policy())
    await account.books.insert(head)
    return head


async def tagged(account: Account, head: Head, **tags: str) -> None:
    await account.users.get_blob_client(PENDING, head.document.name).set_blob_tags(tags)


async def verdict(run: Activity, head: Head) -> ScanVerdict:
    return ScanReading.model_validate(await run(read_scan_verdict, head.review_id)).verdict


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, ScanVerdict.PENDING),
        ({"other": "No threats found"}, ScanVerdict.PENDING),
        ({TAG: "No threats found", "Malware Scanning scan time UTC": "2026-03-02 09:30:00Z"}, ScanVerdict.CLEAN),
        ({TAG: "Malicious"}, ScanVerdict.MALICIOUS),
        ({TAG: "Not Scanned"}, ScanVerdict.FAILED),
    ],
)
async def test_the_verdict_is_read_from_the_documents_tags(
    account: Account, run: Activity, tags: dict[str, str], expected: ScanVerdict
) -> None:
    head = await opened(account)
    await tagged(account, head, **tags)

    assert await verdict(run, head) is expected


@pytest.mark.parametrize("requests", [1, 2])
async def test_the_verdict_on_other_bytes_is_not_taken_for_that_on_these(
    account: Account, run: Activity, requests: int
) -> None:
    head = await opened(account)

    async def overwrite() -> None:
        await account.put(PENDING, head.document.name, b"clean")
        await tagged(account, head, **{TAG: "No threats found"})

    account.wire.step_in(after(requests, overwrite))
    assert await verdict(run, head) is ScanVerdict.NOT_ASKED

    stored = await account.books.find(head.review_id)
    assert stored
    assert stored.verdict is Verdict.SUPERSEDE


async def test_tags_of_what_is_gone_are_not_read(account: Account) -> None:
    with pytest.raises(DocumentChangedError):
        await PinnedBlob(account.documents, PENDING, fresh_name(), "0x1").tags()


async def test_an_app_without_the_role_is_told_which_one_it_needs(account: Account, storage: str) -> None:
    head = await opened(account)
    known = dict(part.split("=", 1) for part in storage.split(";") if part)
    all_but_tags = generate_account_sas(
        known["AccountName"],
        known["AccountKey"],
        ResourceTypes(object=True),
        AccountSasPermissions(read=True, write=True, delete=True, list=True),
        expiry=datetime(2999, 1, 1, tzinfo=UTC),
        services=Services(blob=True),
    )
    async with BlobServiceClient(known["BlobEndpoint"], all_but_tags) as service:
        with pytest.raises(PermissionError) as refused:
            await PinnedBlob(Documents(service), PENDING, head.document.name, head.document.etag).tags()

    assert "container pending, the app's identity needs the role Storage Blob Data Owner" in str(refused.value)
    assert head.document.name not in str(refused.value)


async def test_an_overwrite_takes_the_verdict_away(account: Account, run: Activity) -> None:
    head = await opened(account)
    await tagged(account, head, **{TAG: "No threats found"})
    await account.put(PENDING, head.document.name, b"content")

    assert await account.users.get_blob_client(PENDING, head.document.name).get_blob_tags() in ({}, None)


async def test_a_verdict_is_no_longer_asked_for_when_the_reviewers_time_has_begun(
    account: Account, run: Activity
) -> None:
    head = await opened(account)
    await account.books.change(head.review_id, lambda stored: begin(stored, stored.document, REQUESTED_AT, None))

    assert await verdict(run, head) is ScanVerdict.NOT_ASKED


async def test_what_can_never_be_read_is_not_moved(account: Account, run: Activity) -> None:
    head = await opened(account)
    refused = Reason.UNREADABLE
    await account.books.change(head.review_id, lambda stored: begin(stored, stored.document, REQUESTED_AT, refused))
    account.wire.step_in(pass_on)

    moved = MoveResult.model_validate(await run(archive_document, head.review_id))

    assert moved == MoveResult(prevented=Outcome.FAILED, reason=refused)
    assert not any(request.startswith(("PUT", "DELETE")) for request in account.wire.requests)
