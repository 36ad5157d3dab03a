"""The interleavings of the unit tests again, on a real table.

Up to three writers at once, with crashes between any two of their requests; every version of the rows is what the model
says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count

from azure.data.tables.aio import TableClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adapters.ledger.store import Ledger
from adapters.stored_evidence import stored_evidence
from compliance.rulings import Ruling
from evidence.checks import Evidence, first_fault
from tests.model.invariants import assert_as_the_model_says
from tests.model.ledger_in_memory import LedgerInMemory, Reply, Stored
from tests.model.steps import Open, Rules, Step
from tests.model.strategies import (
    AT_LAST,
    mixed_rules,
    orders_of_steps,
    orders_with_delegations,
    rules_with_delegations,
    schedules,
)
from tests.model.translation import first_head, transact_under
from tests.storage.account import Account
from tests.storage.turns import Turns

_NUMBERS: Iterator[int] = count(1)


class LedgerInStorage(LedgerInMemory):
    """The same bookkeeping for a real table: its rows are read after each transaction."""

    def __init__(self, account: Account, table: str, rules: Rules) -> None:
        super().__init__(transact_under(rules))
        self._first = first_head(rules)
        self._account = account
        self._ledger = Ledger(account.ledger_table(table))
        self._books = Ledger(account.users_tables.get_table_client(table))

    async def write_down(self, step: Step) -> None:
        """Make the step as one writer, and note the reply."""
        if isinstance(step, Open):
            await self._ledger.insert(self._first)
            return
        read, result = Stored(), None
        async for attempt in self._ledger.attempts(self._first.review_id):
            head, decisions = attempt.review.head, tuple(attempt.review.decisions)
            read = self.versions[head.last_audit]
            assert (head, decisions) == (read.head, read.decisions)
            result = self.transact(step, head, decisions)
            if result:
                await attempt.commit(result.transition if isinstance(result, Ruling) else result)
        self.replies.append(Reply(step, read, result))

    async def observe(self, step: Step) -> None:
        """Keep the rows as a new version if the step's writer has just changed them."""
        if not self._account.wire.requests[-1].startswith("POST"):
            return
        review = await self._books.review(self._first.review_id)
        if review and review.head.last_audit > self.stored.version:
            audit = tuple(entry for entry, _ in await self._books.audit(self._first.review_id))
            self.versions.append(Stored(review.head.last_audit, review.head, tuple(review.decisions), audit))
            self.log.append(step)

    async def evidence(self) -> Evidence:
        """Read all rows for the checks."""
        found = await stored_evidence(self._books, self._first.review_id)
        assert found
        return found

    async def run_steps(self, steps: list[Step], schedule: list[tuple[int, bool]]) -> None:
        """Make all steps as `run` does in memory."""
        turns = Turns[None](self._account.wire)
        waiting, running = list(reversed(steps)), list[tuple[Step, asyncio.Task[None]]]()
        picks = iter(schedule)
        while waiting or running:
            pick, crash = next(picks, (0, False))
            if waiting and len(running) <= pick:
                step = waiting.pop()
                running.append((step, await turns.start(self.write_down(step))))
            else:
                step, writer = running[pick % len(running)]
                if crash and not writer.done():
                    await turns.crash(writer)
                    running[pick % len(running)] = (step, await turns.start(self.write_down(step)))
                elif writer.done():
                    running.remove((step, writer))
                    await writer
                    continue
                else:
                    await turns.advance(writer)
            await self.observe(step)


@settings(
    max_examples=20,
    phases=[Phase.generate],  # shrinking would take minutes on real storage
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.one_of(orders_of_steps(), orders_with_delegations()),
    schedule=schedules,
    rules=st.one_of(mixed_rules, rules_with_delegations),
)
async def test_every_order_on_real_storage_comes_to_what_the_model_says(
    account: Account, steps: list[Step], schedule: list[tuple[int, bool]], rules: Rules
) -> None:
    table = f"orders{next(_NUMBERS)}"
    created: TableClient = await account.users_tables.create_table(table)
    ledger = LedgerInStorage(account, created.table_name, rules)
    await ledger.run_steps(steps, schedule)
    await ledger.run_steps(AT_LAST, [])

    assert_as_the_model_says(ledger, rules)
    assert first_fault(await ledger.evidence()) is None
