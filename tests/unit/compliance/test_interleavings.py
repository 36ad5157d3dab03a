"""The ledger comes to what the model says, whatever the order of events, and its invariants hold on the way.

The events are decisions, duplicates, deadline, overwrite, withdrawal, redelivery, and crashes between any two actions
of up to three writers at once.
"""

from __future__ import annotations

from hypothesis import given

from tests.examples import at_most
from tests.model.invariants import assert_as_the_model_says
from tests.model.ledger_in_memory import LedgerInMemory
from tests.model.steps import Rules, Step
from tests.model.strategies import (
    AT_LAST,
    mixed_rules,
    orders_of_steps,
    orders_with_delegations,
    rules_with_delegations,
    schedules,
)
from tests.model.translation import transact_under


def ledger_after(steps: list[Step], schedule: list[tuple[int, bool]], rules: Rules) -> LedgerInMemory:
    """Make all steps in this schedule, and at last close the review."""
    ledger = LedgerInMemory(transact_under(rules))
    ledger.run(steps, schedule)
    ledger.run(AT_LAST, [])
    assert len(ledger.replies) == len(steps) + len(AT_LAST)
    return ledger


@at_most(200)
@given(steps=orders_of_steps(), schedule=schedules, rules=mixed_rules)
def test_every_order_comes_to_what_the_model_says(
    steps: list[Step], schedule: list[tuple[int, bool]], rules: Rules
) -> None:
    assert_as_the_model_says(ledger_after(steps, schedule, rules), rules)


@at_most(300)
@given(steps=orders_with_delegations(), rules=rules_with_delegations)
def test_whoever_stands_in_for_whom_it_comes_to_what_the_model_says(steps: list[Step], rules: Rules) -> None:
    assert_as_the_model_says(ledger_after(steps, [], rules), rules)
