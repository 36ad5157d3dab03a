"""Reading documents: exactly the version that was asked for, never more than a few blocks of it in memory."""

from __future__ import annotations

import gzip
import hashlib
import io
import secrets
import tracemalloc
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from azure.storage.blob import BlobBlock, ContentSettings

from adapters.blobs.documents import Documents
from adapters.blobs.pinned_blob import HELD_BYTES, DocumentChangedError, PinnedBlob
from adapters.clients import Clients
from adapters.settings import Settings
from compliance.document import bare_etag
from contracts.names import PENDING
from tests.storage.account import Account, fresh_name
from tests.storage.wire import pass_on

MEBIBYTE = 1024 * 1024
LONG = 60.0  # seconds


@pytest.fixture
async def documents(storage: str) -> AsyncIterator[Documents]:
    """Yield the documents as the app itself opens them."""
    clients = Clients(
        Settings.from_environment(
            {
                "Documents": storage,
                "ServiceBus__fullyQualifiedNamespace": "unused",
                "EventGridTopic__topicEndpointUri": "http://unused",
            }
        )
    )
    yield Documents(clients.blobs)
    await clients.close()


async def test_a_large_document_is_hashed_without_being_held(account: Account, documents: Documents) -> None:
    name, block, count = fresh_name(), bytes(range(256)) * (8 * MEBIBYTE // 256), 32
    blob = account.users.get_blob_client(PENDING, name)
    await blob.stage_block("one", io.BytesIO(block), len(block))
    committed = await blob.commit_block_list([BlobBlock("one")] * count)
    digest = hashlib.sha256()
    for _ in range(count):
        digest.update(block)
    tracemalloc.start()
    try:
        content = await PinnedBlob(documents, PENDING, name, bare_etag(str(committed["etag"]))).read(LONG)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert content.sha256 == digest.hexdigest()
    assert (content.length, content.held) == (len(block) * count, None)
    assert peak < 64 * MEBIBYTE


@pytest.mark.parametrize("length", [0, 1, 4 * MEBIBYTE, 4 * MEBIBYTE + 1, HELD_BYTES, HELD_BYTES + 1])
async def test_a_document_of_any_length_is_hashed_and_a_small_one_is_held(
    account: Account, documents: Documents, length: int
) -> None:
    content, name = (b"0123456789" * (length // 10 + 1))[:length], fresh_name()
    etag = await account.put(PENDING, name, content)

    read = await PinnedBlob(documents, PENDING, name, etag).read(LONG)

    assert read.sha256 == hashlib.sha256(content).hexdigest()
    assert read.held == (content if length <= HELD_BYTES else None)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"inside"), b"not compressed", gzip.compress(secrets.token_bytes(5 * MEBIBYTE))],
    ids=["one-block", "not-compressed", "two-blocks"],
)
async def test_what_is_said_of_the_encoding_changes_no_byte(
    account: Account, documents: Documents, content: bytes, encoding: str
) -> None:
    name = fresh_name()
    written = await account.users.get_blob_client(PENDING, name).upload_blob(
        content, content_settings=ContentSettings(content_encoding=encoding)
    )

    read = await PinnedBlob(documents, PENDING, name, bare_etag(str(written["etag"]))).read(LONG)

    assert read.sha256 == hashlib.sha256(content).hexdigest()
    assert read.held == content


async def test_another_version_is_not_read_for_the_one_that_was_asked_for(account: Account) -> None:
    name = fresh_name()
    etag = await account.put(PENDING, name, b"first")
    await account.put(PENDING, name, b"second")

    with pytest.raises(DocumentChangedError, match=etag) as changed:
        await PinnedBlob(account.documents, PENDING, name, etag).read(LONG)
    assert name not in str(changed.value)
    with pytest.raises(DocumentChangedError):
        await PinnedBlob(account.documents, PENDING, fresh_name(), etag).read(LONG)


async def test_a_version_that_is_replaced_between_two_blocks_is_not_mixed_with_the_next(
    account: Account, documents: Documents
) -> None:
    name = fresh_name()
    etag = await account.put(PENDING, name, b"a" * (9 * MEBIBYTE))
    read = b""

    with pytest.raises(DocumentChangedError):
        async for block in PinnedBlob(documents, PENDING, name, etag).blocks():
            if not read:
                await account.put(PENDING, name, b"b" * (9 * MEBIBYTE))
            read += block

    assert set(read) == set(b"a")


async def test_reading_that_takes_too_long_is_given_up(account: Account) -> None:
    name = fresh_name()
    etag = await account.put(PENDING, name, b"content")

    with pytest.raises(TimeoutError):
        await PinnedBlob(account.documents, PENDING, name, etag).read(0)


async def test_a_blob_that_is_not_there_is_none(account: Account) -> None:
    assert await account.documents.current(PENDING, fresh_name()) is None
    assert await account.documents.current("no-such-container", fresh_name()) is None


async def test_a_version_is_as_old_as_storage_says(account: Account) -> None:
    name = fresh_name()
    await account.put(PENDING, name, b"")
    blob = await account.documents.current(PENDING, name)
    assert blob
    assert timedelta(0) <= await account.documents.age(blob) < timedelta(minutes=1)
    await account.put(PENDING, name, b"written")
    assert await account.documents.age(blob) == timedelta(0)
    await account.users.get_blob_client(PENDING, name).delete_blob()
    assert await account.documents.age(blob) == timedelta(0)


async def test_metadata_is_read_in_any_case(account: Account) -> None:
    name = fresh_name()
    await account.put(PENDING, name, b"", {"DocumentClass": "Contract"})

    blob = await account.documents.current(PENDING, name)

    assert blob
    assert blob.metadata == {"documentclass": "Contract"}
    assert (blob.length, blob.copy_status) == (0, None)


async def test_tags_are_not_read_right_after_a_look_that_found_none(account: Account) -> None:
    documents, name = account.documents, fresh_name()
    etag = await account.put(PENDING, name, b"untagged")
    found = await documents.current(PENDING, name)
    assert found
    documents.remember_untagged(found)
    account.wire.step_in(pass_on)

    assert await documents.tags_of(PENDING, name, remembered_at=etag) == {}
    assert account.wire.requests == []

    await account.users.get_blob_client(PENDING, name).set_blob_tags({"Project": "7"})
    assert await documents.tags_of(PENDING, name, remembered_at="another version") == {"Project": "7"}
    tagged = await documents.current(PENDING, name)
    assert tagged
    documents.remember_untagged(tagged)
    assert await documents.tags_of(PENDING, name, remembered_at=etag) == {"Project": "7"}
