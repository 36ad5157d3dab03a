"""Whatever the order of decisions, duplicates, deadline, overwrite, withdrawal, redelivery and crashes between any two
actions of up to three writers at once: the ledger comes to what the model says, and its invariants hold on the way."""

from __future__ import annotations

from hypothesis import given

from tests.examples import at_most
from tests.model.invariants import assert_as_the_model_says
from tests.model.ledger_in_memory import LedgerInMemory
from tests.model.review_model import Rules, Step
from tests.model.strategies import AT_LAST, days_of_absence, journeys, moves, rules, rules_with_delegations
from tests.model.translation import transact_under


def kept_after(steps: list[Step], moves: list[tuple[int, bool]], stated: Rules) -> LedgerInMemory:
    """Make all steps in this schedule, and at last close the review."""
    kept = LedgerInMemory(transact_under(stated))
    kept.run(steps, moves)
    kept.run(AT_LAST, [])
    assert len(kept.replies) == len(steps) + len(AT_LAST)
    return kept


@at_most(200)
@given(steps=journeys(), moves=moves, stated=rules)
def test_every_order_comes_to_what_the_model_says(
    steps: list[Step], moves: list[tuple[int, bool]], stated: Rules
) -> None:
    assert_as_the_model_says(kept_after(steps, moves, stated), stated)


@at_most(300)
@given(steps=days_of_absence(), stated=rules_with_delegations)
def test_whoever_stands_in_for_whom_it_comes_to_what_the_model_says(steps: list[Step], stated: Rules) -> None:
    assert_as_the_model_says(kept_after(steps, [], stated), stated)
