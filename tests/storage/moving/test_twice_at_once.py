"""Two runs of one move at once, as when an activity that was given up still runs.

Their requests come in any order, with crashes, and newer bytes take the name at any moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.history import MoveResult
from contracts.names import PENDING
from tests.storage.account import Account
from tests.storage.moving.moves import (
    KINDS,
    NEWER_BYTES,
    Kind,
    assert_in_one_place,
    assert_nothing_lost,
    replacing,
    requests_of,
    writes_among,
)
from tests.storage.turns import Turns

Event = Literal["nothing", "crash", "overwrite"]
EVENTS: list[Event] = ["nothing", "nothing", "crash", "overwrite"]


@dataclass(frozen=True, slots=True)
class Turn:
    """So many requests of one run, and what happens then."""

    run: int
    requests: int
    then: Event


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=10,
    phases=[Phase.generate],  # shrinking would take minutes on real storage, and these are small
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    turns=st.lists(
        st.builds(Turn, run=st.integers(0, 1), requests=st.integers(0, 22), then=st.sampled_from(EVENTS)),
        min_size=1,
        max_size=4,
    )
)
async def test_two_runs_at_once_are_as_good_as_one(account: Account, kind: Kind, turns: list[Turn]) -> None:
    move = await kind(account)
    wire, overwritten = Turns[MoveResult](account.wire), False
    runs = [await wire.start(move.run(account)) for _ in range(2)]
    for turn in turns:
        for _ in range(turn.requests):
            await wire.advance(runs[turn.run])
        if turn.then == "crash":
            await wire.crash(runs[turn.run])
            runs[turn.run] = await wire.start(move.run(account))
        if turn.then == "overwrite" and not overwritten:
            overwritten = True
            await account.put(PENDING, move.name, NEWER_BYTES)
    for run in runs:
        while not run.done():
            await wire.advance(run)

    one, other = [run.result() for run in runs]
    if overwritten:
        await assert_nothing_lost(account, move, one)
        await assert_nothing_lost(account, move, other)
    else:
        await assert_in_one_place(account, move, one)
        await assert_in_one_place(account, move, other)


@pytest.mark.parametrize("overwritten", [False, True])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_run_that_stood_still_before_a_write_while_another_ended_does_no_harm(
    account: Account, kind: Kind, overwritten: bool
) -> None:
    # Before a write, all that it goes by may be out of date. Runs in any order are tried above.
    for write in writes_among(await requests_of(account, kind)):
        move = await kind(account)
        wire = Turns[MoveResult](account.wire)
        slow = await wire.start(move.run(account))
        for _ in range(write - 2):
            await wire.advance(slow)
        if overwritten:
            await account.put(PENDING, move.name, NEWER_BYTES)
        results = [await move.run(account)]
        while not slow.done():
            await wire.advance(slow)
        results.append(slow.result())

        for result in results:
            if overwritten:
                await assert_nothing_lost(account, move, result)
            else:
                await assert_in_one_place(account, move, result)


async def test_a_run_that_finds_newer_bytes_agrees_with_one_that_is_about_to_replace_from_staging(
    account: Account,
) -> None:
    requests, looking = 0, True
    while looking:
        requests, move = requests + 1, await replacing(account)
        wire = Turns[MoveResult](account.wire)
        about_to_replace = await wire.start(move.run(account))
        while not account.wire.requests[-1].startswith("POST"):  # closes the earlier review; then it copies
            await wire.advance(about_to_replace)
        await account.put(PENDING, move.name, NEWER_BYTES)
        looks = await wire.start(move.run(account))
        for _ in range(requests - 1):
            await wire.advance(looks)
        looking = not looks.done()
        while not about_to_replace.done():
            await wire.advance(about_to_replace)
        while not looks.done():
            await wire.advance(looks)

        for run in (about_to_replace, looks):
            await assert_nothing_lost(account, move, run.result())
