"""The verdict is what the first final row makes it, in the order of the sequence numbers."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.outcome import Outcome, Verdict, outcome_of
from compliance.verdict import verdict_of
from tests.builders import policy, recorded

APPROVE, REJECT = Verdict.APPROVE, Verdict.REJECT


@pytest.mark.parametrize(
    ("needed", "said", "verdict"),
    [
        (1, [], None),
        (1, [APPROVE], APPROVE),
        (1, [REJECT], REJECT),
        (1, [APPROVE, REJECT], APPROVE),
        (1, [REJECT, APPROVE], REJECT),
        (2, [APPROVE], None),
        (2, [APPROVE, APPROVE], APPROVE),
        (2, [APPROVE, REJECT], REJECT),
        (2, [REJECT, APPROVE, APPROVE], REJECT),
        (3, [APPROVE, APPROVE], None),
        (3, [APPROVE, APPROVE, APPROVE, REJECT], APPROVE),
    ],
)
def test_the_first_final_row_decides(needed: int, said: list[Verdict], verdict: Verdict | None) -> None:
    assert verdict_of(recorded(*said), policy(approvals_needed=needed)) is verdict


@given(
    said=st.lists(st.sampled_from([APPROVE, REJECT]), max_size=8),
    needed=st.integers(1, 5),
    order=st.randoms(use_true_random=False),
)
def test_only_sequence_numbers_order_the_rows(said: list[Verdict], needed: int, order: Random) -> None:
    rows = recorded(*said)
    shuffled = rows.copy()
    order.shuffle(shuffled)
    assert verdict_of(shuffled, policy(approvals_needed=needed)) is verdict_of(rows, policy(approvals_needed=needed))


@given(said=st.lists(st.sampled_from([APPROVE, REJECT]), max_size=8), needed=st.integers(1, 5))
def test_rows_after_the_final_one_change_nothing(said: list[Verdict], needed: int) -> None:
    rules, rows = policy(approvals_needed=needed), recorded(*said)
    verdicts = [verdict_of(rows[:length], rules) for length in range(len(rows) + 1)]
    final = next((verdict for verdict in verdicts if verdict), None)
    assert verdicts[-1] is final


@given(approvals=st.integers(0, 8), needed=st.integers(1, 5))
def test_silence_and_too_few_approvals_approve_nothing(approvals: int, needed: int) -> None:
    approved = verdict_of(recorded(*[APPROVE] * approvals), policy(approvals_needed=needed)) is APPROVE
    assert approved == (approvals >= needed)


def test_every_verdict_has_an_outcome_of_its_own_and_none_is_failed() -> None:
    outcomes = [outcome_of(verdict) for verdict in Verdict]
    assert len(set(outcomes)) == len(Verdict)
    assert Outcome.FAILED not in outcomes
    assert [verdict for verdict in Verdict if outcome_of(verdict) is Outcome.APPROVED] == [Verdict.APPROVE]
