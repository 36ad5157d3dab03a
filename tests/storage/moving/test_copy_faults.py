"""Copies that take their time, fail or are aborted, and storage that answers with errors.

The faults are injected between the SDK and a real Azurite.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from azure.core.exceptions import HttpResponseError

from adapters.blobs import copies
from adapters.blobs.copies import CopyFailedError
from contracts.names import PENDING
from tests.e2e.faults.fault_proxy import FaultProxy
from tests.e2e.faults.faults import Requests
from tests.e2e.faults.pending_copies import Ending
from tests.storage.account import Account
from tests.storage.moving.moves import (
    BYTES,
    EARLIER_BYTES,
    KINDS,
    NEWER_BYTES,
    Kind,
    archiving,
    assert_in_one_place,
    assert_nothing_lost,
    moments_for_others,
    publishing,
    replacing,
    requests_of,
    writes_among,
)
from tests.storage.wire import KilledError, after, crash, pass_on

COPIES = Requests(copy=True)
LAST_COPY = Requests(copy=True, path="/published/")  # the one that a reader of the published name would notice
ENDINGS: list[Ending] = ["success", "failed", "aborted"]


@pytest.fixture
def proxy(storage: str) -> Iterator[FaultProxy]:
    """Stands between the app and storage."""
    with FaultProxy(storage) as started:
        yield started


@pytest.fixture
async def account(storage: str, proxy: FaultProxy) -> AsyncIterator[Account]:
    """Yield an account that the app reaches through the proxy and its users reach directly."""
    async with Account(proxy.connection_string, storage) as opened:
        yield opened


async def requests_with(
    account: Account, proxy: FaultProxy, kind: Kind, slow_ones: Requests, ending: Ending
) -> list[str]:
    """Return the requests of a move that nothing but its slow copies disturbs."""
    slow = proxy.leave_pending(slow_ones, polls=1, ending=ending)
    requests = await requests_of(account, kind)
    slow.lift()
    return requests


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_copy_that_takes_its_time_is_waited_for_and_repeated_when_it_fails(
    account: Account, proxy: FaultProxy, kind: Kind, ending: Ending
) -> None:
    move = await kind(account)
    slow = proxy.leave_pending(COPIES, polls=2, ending=ending, times=2)

    await assert_in_one_place(account, move, await move.run(account))

    assert slow.happened
    assert account.pauses


@pytest.mark.parametrize(
    ("kind", "slow_ones", "ending"),
    [(archiving, COPIES, "success"), (archiving, COPIES, "failed"), (replacing, LAST_COPY, "failed")],
)
async def test_a_crash_while_a_copy_is_on_its_way_loses_and_empties_nothing(
    account: Account, proxy: FaultProxy, kind: Kind, slow_ones: Requests, ending: Ending
) -> None:
    for number in writes_among(await requests_with(account, proxy, kind, slow_ones, ending)):
        move = await kind(account)
        slow = proxy.leave_pending(slow_ones, polls=1, ending=ending)
        account.wire.step_in(after(number, crash))
        with pytest.raises(KilledError):
            await move.run(account)
        account.wire.step_in(pass_on)
        await assert_in_one_place(account, move, await move.run(account))
        slow.lift()


@pytest.mark.parametrize(
    ("kind", "slow_ones", "ending"),
    [(publishing, COPIES, "success"), (publishing, COPIES, "aborted"), (replacing, LAST_COPY, "aborted")],
)
async def test_an_overwrite_while_a_copy_is_on_its_way_is_superseded_or_too_late(
    account: Account, proxy: FaultProxy, kind: Kind, slow_ones: Requests, ending: Ending
) -> None:
    for number in moments_for_others(await requests_with(account, proxy, kind, slow_ones, ending))[1:]:
        move = await kind(account)
        slow = proxy.leave_pending(slow_ones, polls=1, ending=ending)

        async def overwrite(name: str = move.name) -> None:
            await account.put(PENDING, name, NEWER_BYTES)

        account.wire.step_in(after(number, overwrite))
        await assert_nothing_lost(account, move, await move.run(account))
        slow.lift()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_copy_that_stays_pending_is_left_to_a_later_run(
    account: Account, proxy: FaultProxy, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_MOST_CHECKS", 3)
    move = await kind(account)
    slow = proxy.leave_pending(COPIES, polls=3, times=None)

    with pytest.raises(CopyFailedError, match="pending"):
        await move.run(account)
    assert (await account.everywhere(move.head))[f"pending/{move.name}"].content == BYTES

    slow.lift()
    await assert_in_one_place(account, move, await move.run(account))


@pytest.mark.parametrize("kind", KINDS)
async def test_copies_that_always_fail_leave_the_document_where_it_is(
    account: Account, proxy: FaultProxy, kind: Kind
) -> None:
    move = await kind(account)
    failing = proxy.leave_pending(COPIES, polls=0, ending="failed", times=None)

    with pytest.raises(CopyFailedError, match="failed 8 times") as failed:
        await move.run(account)

    assert move.name not in str(failed.value)
    where = await account.everywhere(move.head)
    published = {f"published/{move.name}": EARLIER_BYTES} if kind is replacing else {}
    assert {place: found.content for place, found in where.items()} == {f"pending/{move.name}": BYTES, **published}
    failing.lift()
    await assert_in_one_place(account, move, await move.run(account))


async def test_a_replacing_copy_that_always_fails_is_made_good_from_its_staged_copy(
    account: Account, proxy: FaultProxy
) -> None:
    move = await replacing(account)
    failing = proxy.leave_pending(Requests(copy=True, path="/published/"), polls=0, ending="failed", times=None)
    with pytest.raises(CopyFailedError, match="failed 8 times") as failed:
        await move.run(account)
    assert move.name not in str(failed.value)
    await account.put(PENDING, move.name, NEWER_BYTES)
    failing.lift()

    result = await move.run(account)

    assert result.location == f"published/{move.name}"
    await assert_nothing_lost(account, move, result)


async def test_a_failed_copy_of_an_earlier_version_is_replaced_without_closing_that_one(
    account: Account, proxy: FaultProxy
) -> None:
    earlier = await publishing(account, content=EARLIER_BYTES)
    proxy.leave_pending(COPIES, polls=0, ending="failed", times=1)
    account.wire.step_in(after(6, crash))
    with pytest.raises(KilledError):
        await earlier.run(account)
    account.wire.step_in(pass_on)
    assert (await account.everywhere(earlier.head))[f"published/{earlier.name}"].content == b""
    move = await publishing(account, earlier.name)

    await assert_in_one_place(account, move, await move.run(account))
    assert await account.books.find(earlier.head.review_id) == earlier.head


@pytest.mark.parametrize("retry_after", [None, 0])
@pytest.mark.parametrize("kind", [archiving, publishing])
async def test_a_few_errors_of_storage_are_survived_by_the_sdk(
    account: Account, proxy: FaultProxy, kind: Kind, retry_after: int | None
) -> None:
    number, faulty = 0, True
    while faulty:
        number, faulty, move = number + 1, False, await kind(account)

        async def fail(status: int = (500, 503)[number % 2]) -> None:
            nonlocal faulty
            faulty = True
            proxy.answer(Requests(), status, times=2, retry_after=retry_after)

        account.wire.step_in(after(number, fail))
        result = await move.run(account)
        proxy.lift_all()
        await assert_in_one_place(account, move, result)


@pytest.mark.parametrize("kind", [archiving, publishing])
async def test_an_outage_is_raised_and_made_good_by_a_later_run(
    account: Account, proxy: FaultProxy, kind: Kind
) -> None:
    number, failed = 0, True
    while failed:
        number, failed, move = number + 1, False, await kind(account)

        async def fail(status: int = (500, 503, 429)[number % 3]) -> None:
            proxy.answer(Requests(), status, times=None)

        account.wire.step_in(after(number, fail))
        try:
            await move.run(account)
        except HttpResponseError:
            failed = True
        proxy.lift_all()
        account.wire.step_in(pass_on)
        await assert_in_one_place(account, move, await move.run(account))
