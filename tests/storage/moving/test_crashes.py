"""Moves that are killed after each of their requests, with and without somebody overwriting or deleting the bytes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from azure.core.exceptions import ResourceNotFoundError

from compliance.outcome import Outcome
from contracts.history import MoveResult
from contracts.names import PENDING
from tests.storage.account import Account
from tests.storage.moving.moves import (
    KINDS,
    NEWER_BYTES,
    Kind,
    Move,
    assert_in_one_place,
    assert_nothing_lost,
    moments_for_others,
    requests_of,
    writes_among,
)
from tests.storage.wire import KilledError, after, crash, pass_on

pytestmark = pytest.mark.parametrize("kind", KINDS)


async def until_done(account: Account, move: Move) -> MoveResult:
    """Run it from the top again until nobody kills it."""
    while True:
        try:
            return await move.run(account)
        except KilledError:
            account.wire.step_in(pass_on)


async def test_a_crash_after_any_request_is_made_good_by_running_again(account: Account, kind: Kind) -> None:
    for number in writes_among(await requests_of(account, kind)):
        move = await kind(account)
        account.wire.step_in(after(number, crash))
        with pytest.raises(KilledError):
            await move.run(account)
        await assert_in_one_place(account, move, await until_done(account, move))


async def test_an_overwrite_after_any_request_costs_no_bytes(account: Account, kind: Kind) -> None:
    for number in moments_for_others(await requests_of(account, kind)):
        move = await kind(account)

        async def overwrite(name: str = move.name) -> None:
            await account.put(PENDING, name, NEWER_BYTES)

        account.wire.step_in(after(number, overwrite))
        if number == 0:
            await overwrite()
        await assert_nothing_lost(account, move, await move.run(account))


async def test_nor_does_a_crash_with_an_overwrite_before_the_next_run(account: Account, kind: Kind) -> None:
    for number in writes_among(await requests_of(account, kind)):
        move = await kind(account)
        account.wire.step_in(after(number, crash))
        with pytest.raises(KilledError):
            await move.run(account)
        await account.put(PENDING, move.name, NEWER_BYTES)
        await assert_nothing_lost(account, move, await until_done(account, move))


async def test_after_a_deletion_after_any_request_it_is_gone_or_moved(account: Account, kind: Kind) -> None:
    for number in moments_for_others(await requests_of(account, kind)):
        move = await kind(account)

        async def delete(name: str = move.name) -> None:
            with suppress(ResourceNotFoundError):
                await account.users.get_blob_client(PENDING, name).delete_blob()

        account.wire.step_in(after(number, delete))
        if number == 0:
            await delete()
        result = await move.run(account)
        if result.location:
            await assert_in_one_place(account, move, result)
        else:
            assert result == MoveResult(prevented=Outcome.GONE)
            assert [found.content for found in (await account.everywhere(move.head)).values()] == move.published_before
