"""A published copy on which somebody has set something else is still the copy of its review."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from azure.storage.blob import ContentSettings

from compliance.document import DocumentVersion, review_id
from compliance.outcome import Outcome, Reason, ReviewState, Verdict
from contracts.history import MoveResult
from contracts.names import PUBLISHED, SUBMISSIONS
from reviews.documents.background import published_name
from tests.builders import open_review
from tests.storage.account import Account, fresh_name
from tests.storage.moving.moves import BYTES, EARLIER_BYTES, Move, publishing, said_of_the_review

Hands = Callable[[Any, Move], Awaitable[object]]


async def empty_metadata(blob: Any, _: Move) -> None:
    await blob.set_blob_metadata({})


async def replace_metadata(blob: Any, _: Move) -> None:
    await blob.set_blob_metadata({"seo": "1"})


async def keep_some_metadata(blob: Any, move: Move) -> None:
    assert move.earlier
    await blob.set_blob_metadata({"reviewid": move.earlier.review_id, "verdict": "approve"})


async def drop_the_review(blob: Any, _: Move) -> None:
    metadata = (await blob.get_blob_properties()).metadata
    await blob.set_blob_metadata({name: value for name, value in metadata.items() if name != "reviewid"})


async def name_no_review(blob: Any, _: Move) -> None:
    await blob.set_blob_metadata({"reviewid": "0" * 64})


async def name_nonsense(blob: Any, move: Move) -> None:
    assert move.earlier
    own = {**said_of_the_review(move.earlier), "replaces": "a/b?c#d\\e"}
    await blob.set_blob_metadata({**own, "reviewid": "x/../y?z#\\ " * 100})


async def replace_another(blob: Any, move: Move) -> None:
    assert move.earlier
    await blob.set_blob_metadata({**said_of_the_review(move.earlier), "replaces": "a/b?c#d\\e"})


async def name_the_next_review(blob: Any, move: Move) -> None:
    await blob.set_blob_metadata(said_of_the_review(move.head))


async def replace_tags(blob: Any, _: Move) -> None:
    await blob.set_blob_tags({"reviewid": "0" * 64, "verdict": "reject"})


async def change_tier(blob: Any, _: Move) -> None:
    await blob.set_standard_blob_tier("Cool")


async def archive_it(blob: Any, _: Move) -> None:
    await blob.set_standard_blob_tier("Archive")


async def change_headers(blob: Any, _: Move) -> None:
    await blob.set_http_headers(
        ContentSettings(content_type="text/x", content_encoding="gzip", content_md5=bytearray(16), cache_control="no")
    )


async def take_a_snapshot(blob: Any, _: Move) -> None:
    await blob.create_snapshot()


async def upload_the_same(blob: Any, _: Move) -> None:
    await blob.upload_blob(EARLIER_BYTES, overwrite=True)


ALL: list[Hands] = [
    empty_metadata,
    replace_metadata,
    keep_some_metadata,
    drop_the_review,
    name_no_review,
    name_nonsense,
    replace_another,
    name_the_next_review,
    replace_tags,
    change_tier,
    archive_it,
    change_headers,
    take_a_snapshot,
    upload_the_same,
]


async def published(account: Account, *, closed: bool = True) -> Move:
    """Publish a document, and write its approved next version."""
    earlier = (await publishing(account, content=EARLIER_BYTES)).head
    await account.books.names.put(earlier)
    if closed:
        await account.close(earlier, await account.mover.publish(earlier))
    else:
        await account.mover.publish(earlier)
    move = await publishing(account, earlier.document.name)
    await account.books.names.put(move.head)
    return Move(move.head, await account.books.get(earlier.review_id))


async def assert_replaced(account: Account, move: Move) -> None:
    """Assert that the next version takes the copy's place, and that the copy is kept as that of its review."""
    assert move.earlier
    replaces, taken = await published_name(account.books, account.documents, move.head)
    assert taken is None
    assert replaces
    assert (replaces.review_id, replaces.location) == (move.earlier.review_id, f"published/{move.name}")
    assert (replaces.since, replaces.sha256) == (move.earlier.closed_at, move.earlier.document.sha256)
    assert (await move.run(account)).location == f"published/{move.name}"

    found = await account.everywhere(move.head)
    assert {place: blob.content for place, blob in found.items()} == {f"published/{move.name}": BYTES}
    assert found[f"published/{move.name}"].metadata["replaces"] == move.earlier.review_id
    kept = (await account.everywhere(move.earlier))[f"archived/{move.earlier.review_id}/{move.name}"]
    assert kept.content == EARLIER_BYTES
    assert kept.metadata["reviewid"] == move.earlier.review_id
    earlier = await account.books.get(move.earlier.review_id)
    assert (earlier.outcome, earlier.replaced_by) == (Outcome.APPROVED, move.head.review_id)
    assert earlier.replaces is None


@pytest.mark.parametrize("hands", ALL, ids=lambda hands: hands.__name__)
async def test_the_next_version_is_published_over_a_copy_that_somebody_has_touched(
    account: Account, hands: Hands
) -> None:
    move = await published(account)
    await hands(account.users.get_blob_client(PUBLISHED, move.name), move)

    await assert_replaced(account, move)


async def test_a_copy_with_the_metadata_of_another_documents_review_is_replaced(account: Account) -> None:
    move = await published(account)
    other = await account.review(fresh_name(), b"other", Verdict.APPROVE)
    await account.close(other, await account.mover.publish(other))
    blob = account.users.get_blob_client(PUBLISHED, move.name)
    await blob.set_blob_metadata({**said_of_the_review(other), "replaces": other.review_id})

    await assert_replaced(account, move)


async def test_a_copy_with_the_metadata_of_a_review_that_the_ledger_has_lost_is_replaced(account: Account) -> None:
    move, lost = await published(account), await publishing(account)
    table = account.users_tables.get_table_client("ledger")
    await table.delete_entity(lost.head.review_id, "head")
    await account.users.get_blob_client(PUBLISHED, move.name).set_blob_metadata(said_of_the_review(lost.head))

    await assert_replaced(account, move)


@pytest.mark.parametrize("of", ["nobody", "the earlier version"])
async def test_bytes_that_nobody_approved_are_left_alone_whatever_their_metadata_say(account: Account, of: str) -> None:
    move = await published(account)
    assert move.earlier
    edited = b"x" * len(EARLIER_BYTES)
    await account.put(PUBLISHED, move.name, edited, {} if of == "nobody" else said_of_the_review(move.earlier))

    replaces, taken = await published_name(account.books, account.documents, move.head)
    assert replaces is None
    assert taken
    assert (taken.location, taken.review_id) == (f"published/{move.name}", None)
    result = await move.run(account)

    where = {place: found.content for place, found in (await account.everywhere(move.head)).items()}
    assert where == {f"pending/{move.name}": BYTES, f"published/{move.name}": edited}
    assert result == MoveResult(location=f"pending/{move.name}", prevented=Outcome.FAILED, reason=Reason.TARGET_TAKEN)


@pytest.mark.parametrize("metadata", [None, {}, {"reviewid": "0" * 64}])
async def test_reviewers_are_told_that_the_document_of_the_other_road_has_the_name(
    account: Account, metadata: dict[str, str] | None
) -> None:
    move = await publishing(account)
    name, content = move.name, b"announced"
    document = DocumentVersion(SUBMISSIONS, name, "0x1", hashlib.sha256(content).hexdigest(), len(content))
    announced = open_review(review_id=review_id(SUBMISSIONS, name, "0x1"), document=document, last_audit=0)
    other = replace(announced, state=ReviewState.DECIDED, verdict=Verdict.APPROVE)
    etag = await account.put(PUBLISHED, name, content, said_of_the_review(other))
    await account.books.insert(other)
    await account.books.names.put(other)
    await account.close(other, MoveResult(location=f"published/{name}", etag=etag))
    if metadata is not None:
        await account.users.get_blob_client(PUBLISHED, name).set_blob_metadata(metadata)

    replaces, taken = await published_name(account.books, account.documents, move.head)

    assert replaces is None
    assert taken
    assert (taken.review_id, taken.container, taken.location) == (other.review_id, SUBMISSIONS, f"published/{name}")
    assert (await move.run(account)).reason == Reason.TARGET_TAKEN


async def test_a_free_name_and_the_reviews_own_copy_need_no_telling(account: Account) -> None:
    move = await publishing(account)
    assert await published_name(account.books, account.documents, move.head) == (None, None)
    await move.run(account)
    assert await published_name(account.books, account.documents, move.head) == (None, None)


async def test_a_copy_that_can_be_neither_known_nor_read_is_left_alone(account: Account) -> None:
    move = await published(account)
    blob = account.users.get_blob_client(PUBLISHED, move.name)
    await blob.set_blob_metadata({})
    await blob.set_standard_blob_tier("Archive")

    assert (await move.run(account)).reason == Reason.TARGET_TAKEN
