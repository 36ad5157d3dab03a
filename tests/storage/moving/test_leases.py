"""A lease that somebody holds while a document is to be moved: nothing is lost, and all goes on once it is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from azure.storage.blob.aio import BlobLeaseClient

from adapters.blobs.copies import BlobLeasedError
from compliance.outcome import Outcome, Reason
from contracts.history import MoveResult
from contracts.names import PENDING, PUBLISHED, STAGING
from reviews.documents.moving import LONGEST_LEASE
from tests.storage.account import Account
from tests.storage.moving.moves import (
    BYTES,
    EARLIER_BYTES,
    KINDS,
    Kind,
    archiving,
    assert_in_one_place,
    described,
    publishing,
    replacing,
)
from tests.storage.wire import KilledError, after, crash, pass_on

FOREVER = -1
SECOND = timedelta(seconds=1)


async def lease(account: Account, container: str, name: str) -> BlobLeaseClient:
    """Take a lease as a user does."""
    return await account.users.get_blob_client(container, name).acquire_lease(FOREVER)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_leased_document_is_moved_once_the_lease_is_gone(account: Account, kind: Kind) -> None:
    move = await kind(account)
    held = await lease(account, PENDING, move.name)

    for _ in range(2):
        with pytest.raises(BlobLeasedError, match="pending is leased"):
            await move.run(account)
        assert (await account.everywhere(move.head))[f"pending/{move.name}"].content == BYTES
    await held.release()

    await assert_in_one_place(account, move, await move.run(account))


async def test_an_earlier_version_that_is_leased_is_replaced_once_the_lease_is_gone(account: Account) -> None:
    move = await replacing(account)
    held = await lease(account, PUBLISHED, move.name)

    with pytest.raises(BlobLeasedError, match="published is leased"):
        await move.run(account)
    where = await account.everywhere(move.head)
    assert where[f"published/{move.name}"].content == EARLIER_BYTES
    assert where[f"pending/{move.name}"].content == BYTES
    await held.release()

    await assert_in_one_place(account, move, await move.run(account))


async def test_a_leased_staging_blob_is_taken_away_once_the_lease_is_gone(account: Account) -> None:
    move = await replacing(account)

    async def hold(number: int) -> None:
        if account.wire.requests[number - 1].startswith("PUT") and "/staging/" in account.wire.requests[number - 1]:
            await lease(account, STAGING, move.head.review_id)

    account.wire.step_in(hold)
    with pytest.raises(BlobLeasedError, match="staging is leased"):
        await move.run(account)
    account.wire.step_in(pass_on)
    staged = account.users.get_blob_client(STAGING, move.head.review_id)
    await BlobLeaseClient(staged).break_lease(0)

    await assert_in_one_place(account, move, await move.run(account))


@pytest.mark.parametrize("kind", [publishing, archiving])
async def test_a_lease_on_the_copy_does_not_keep_the_document_from_moving(account: Account, kind: Kind) -> None:
    move = await kind(account)
    account.wire.step_in(after(4, crash))
    with pytest.raises(KilledError):
        await move.run(account)
    account.wire.step_in(pass_on)
    [copied] = [place for place in await account.everywhere(move.head) if not place.startswith("pending/")]
    await lease(account, *copied.split("/", 1))

    await assert_in_one_place(account, move, await move.run(account))


async def test_a_name_that_somebody_elses_leased_blob_has_is_taken(account: Account) -> None:
    move = await publishing(account)
    await account.put(PUBLISHED, move.name, b"somebody else's")
    await lease(account, PUBLISHED, move.name)

    assert await move.run(account) == MoveResult(
        location=f"pending/{move.name}", prevented=Outcome.FAILED, reason=Reason.TARGET_TAKEN
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_lease_that_nobody_gives_up_does_not_keep_the_review_from_ending(account: Account, kind: Kind) -> None:
    move = await kind(account)
    await lease(account, PENDING, move.name)
    assert move.head.last_at

    with pytest.raises(BlobLeasedError):
        await move.run(account, move.head.last_at + LONGEST_LEASE - SECOND)
    result = await move.run(account, move.head.last_at + LONGEST_LEASE)

    where = await account.everywhere(move.head)
    assert result.prevented is None
    assert result.location
    assert where[result.location] == described(move, BYTES)
    assert where[f"pending/{move.name}"].content == BYTES


async def test_nor_does_one_on_the_earlier_version(account: Account) -> None:
    move = await replacing(account)
    await lease(account, PUBLISHED, move.name)
    assert move.head.last_at

    assert await move.run(account, move.head.last_at + LONGEST_LEASE) == MoveResult(
        location=f"pending/{move.name}", prevented=Outcome.FAILED, reason=Reason.TARGET_TAKEN
    )
    assert (await account.everywhere(move.head))[f"published/{move.name}"].content == EARLIER_BYTES
