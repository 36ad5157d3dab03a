"""The verdict is what the first final row makes it, in the order of the sequence numbers."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.outcome import Outcome, Reason, Verdict, Vote, outcome_of
from compliance.policy import Part, Stage
from compliance.review import RecordedDecision
from compliance.verdict import Tally, approvals_given, tally_of
from tests.builders import decision, policy, recorded

APPROVE, REJECT = Vote.APPROVE, Vote.REJECT
ALL = None
NOBODY = frozenset[str]()


def needs(approvals: int | None, people: str = "") -> Part:
    """Return a part with one reviewer for each letter; with no letters anyone may review."""
    return Part(tuple(people), approvals)


def rules(*stages: Part | tuple[Part, ...], **changes: Any) -> Any:
    """Return a policy of these stages, each of one part or several."""
    parts = [stage if isinstance(stage, tuple) else (stage,) for stage in stages]
    return policy(stages=tuple(Stage(str(number), each) for number, each in enumerate(parts)), **changes)


def said(script: str) -> list[RecordedDecision]:
    """Return rows from words such as `+a` (a approves) and `-b` (b rejects)."""
    return [
        RecordedDecision(seq, decision(decision_id=str(seq), reviewer=word[1:], vote=VERDICTS[word[0]]))
        for seq, word in enumerate(script.split(), start=1)
    ]


VERDICTS = {"+": APPROVE, "-": REJECT}
NO_VETO = {"reject_veto": False}
CHANGES = {"may_change_mind": True}
TWO_OF_THREE = needs(2, "abc")
LEGAL, FINANCE = needs(1, "lm"), needs(1, "fg")


def told(tally: Tally) -> str:
    """Return the verdict with its reason, or the open stage."""
    if tally.verdict is None:
        return f"stage {tally.stage}"
    return f"{tally.verdict}: {tally.reason}" if tally.reason else str(tally.verdict)


UNREACHABLE = "reject: approval_unreachable"

CASES: list[tuple[Any, str, str]] = [
    # any, n, all
    (rules(needs(1)), "", "stage 0"),
    (rules(needs(1)), "+a", "approve"),
    (rules(needs(1)), "-a", "reject"),
    (rules(needs(1)), "+a -b", "approve"),
    (rules(needs(1)), "-a +b", "reject"),
    (rules(needs(2)), "+a", "stage 0"),
    (rules(needs(2)), "+a +b", "approve"),
    (rules(needs(2)), "+a -b", "reject"),
    (rules(needs(2)), "-a +b +c", "reject"),
    (rules(needs(3)), "+a +b +c -d", "approve"),
    (rules(needs(ALL, "abc")), "+a +b", "stage 0"),
    (rules(needs(ALL, "abc")), "+c +a +b", "approve"),
    # n of m with the veto
    (rules(TWO_OF_THREE), "+a", "stage 0"),
    (rules(TWO_OF_THREE), "+a +c", "approve"),
    (rules(TWO_OF_THREE), "+a -b", "reject"),
    (rules(TWO_OF_THREE), "-a", "reject"),
    # and without: a rejection ends nothing until approval is out of reach
    (rules(TWO_OF_THREE, **NO_VETO), "-a", "stage 0"),
    (rules(TWO_OF_THREE, **NO_VETO), "-a +b", "stage 0"),
    (rules(TWO_OF_THREE, **NO_VETO), "-a +b +c", "approve"),
    (rules(TWO_OF_THREE, **NO_VETO), "+b -a +c", "approve"),
    (rules(TWO_OF_THREE, **NO_VETO), "-a -b", UNREACHABLE),
    (rules(TWO_OF_THREE, **NO_VETO), "+c -a -b", UNREACHABLE),
    (rules(needs(ALL, "abc"), **NO_VETO), "-a", UNREACHABLE),
    (rules(needs(1, "ab"), **NO_VETO), "-a", "stage 0"),
    (rules(needs(1, "ab"), **NO_VETO), "-a -b", UNREACHABLE),
    (rules(needs(2), **NO_VETO), "-a -b -c -d -e", "stage 0"),
    (rules(needs(2), **NO_VETO), "-a -b +c +d", "approve"),
    # groups in one stage
    (rules((LEGAL, FINANCE)), "+l", "stage 0"),
    (rules((LEGAL, FINANCE)), "+l +m", "stage 0"),
    (rules((LEGAL, FINANCE)), "+l +m +g", "approve"),
    (rules((LEGAL, FINANCE), **NO_VETO), "-l", "stage 0"),
    (rules((LEGAL, FINANCE), **NO_VETO), "-l -m", UNREACHABLE),
    # one person fills one place, and the one that helps
    (rules((needs(1, "ab"), needs(1, "a"))), "+a", "stage 0"),
    (rules((needs(1, "ab"), needs(1, "a"))), "+a +b", "approve"),
    (rules((needs(1, "ab"), needs(1, "a"))), "+b +a", "approve"),
    (rules((needs(2, "abc"), needs(1, "cd"))), "+a +c +b", "approve"),
    (rules((needs(2, "abc"), needs(1, "cd"))), "+c +d +a", "approve"),
    (rules((needs(2, "abc"), needs(1, "cd"))), "+a +b", "stage 0"),
    (rules((needs(1, "ab"), needs(1, "a")), **NO_VETO), "-b", UNREACHABLE),
    # stages
    (rules(LEGAL, FINANCE), "+l", "stage 1"),
    (rules(LEGAL, FINANCE), "+l +f", "approve"),
    (rules(LEGAL, FINANCE), "-l", "reject"),
    (rules(LEGAL, FINANCE), "+l -f", "reject"),
    (rules(LEGAL, FINANCE, **NO_VETO), "-l +m", "stage 1"),
    (rules(LEGAL, FINANCE, **NO_VETO), "-l -m", UNREACHABLE),
    (rules(LEGAL, FINANCE, **NO_VETO), "+l -f -g", UNREACHABLE),
    (rules(needs(2), needs(2)), "+a +b", "stage 1"),
    (rules(needs(2), needs(2)), "+a +b +c", "stage 1"),
    (rules(needs(2), needs(2)), "+a +b +c +d", "approve"),
    (rules(LEGAL, FINANCE, needs(1)), "+l +f", "stage 2"),
    # an approval that takes away the only one who could approve later
    (rules(needs(1, "ab"), needs(1, "b")), "+a", "stage 1"),
    (rules(needs(1, "ab"), needs(1, "b")), "+b", UNREACHABLE),
    (rules(needs(1, "ab"), needs(1, "b"), **NO_VETO), "-a", UNREACHABLE),
    # the later word of one person replaces the earlier one in the open stage
    (rules(TWO_OF_THREE, **NO_VETO, **CHANGES), "-a +a", "stage 0"),
    (rules(TWO_OF_THREE, **NO_VETO, **CHANGES), "-a +a +b", "approve"),
    (rules(TWO_OF_THREE, **NO_VETO, **CHANGES), "+a -a +b", "stage 0"),
    (rules(TWO_OF_THREE, **NO_VETO, **CHANGES), "+a -a -b", UNREACHABLE),
    (rules(TWO_OF_THREE, **CHANGES), "+a -a", "reject"),
    (rules(TWO_OF_THREE, **NO_VETO, **CHANGES), "+a +A +a", "stage 0"),
    (rules(needs(2), **CHANGES), "+a +a +a", "stage 0"),
]


@pytest.mark.parametrize(("stated", "script", "expected"), CASES)
def test_what_the_decisions_come_to(stated: Any, script: str, expected: str) -> None:
    assert told(tally_of(said(script), stated, NOBODY)) == expected


@pytest.mark.parametrize(
    ("stated", "barred", "script", "expected"),
    [
        (rules(needs(1, "ab")), "a", "", "stage 0"),
        (rules(needs(1, "a")), "a", "", UNREACHABLE),
        (rules(needs(2, "ab")), "a", "", UNREACHABLE),
        (rules(needs(ALL, "ab")), "a", "", "stage 0"),
        (rules(needs(ALL, "ab")), "a", "+b", "approve"),
        (rules(needs(ALL, "a")), "a", "", UNREACHABLE),
        (rules(needs(ALL, "ab")), "ab", "", UNREACHABLE),
        (rules(LEGAL, needs(1, "f")), "f", "", UNREACHABLE),
        (rules(needs(2, "abc"), **NO_VETO), "a", "-b", UNREACHABLE),
        (rules((needs(1, "ab"), needs(1, "bc"))), "b", "+a +c", "approve"),
        (rules((needs(1, "ab"), needs(1, "b"))), "b", "", UNREACHABLE),
        (rules(needs(3)), "a", "", "stage 0"),
    ],
)
def test_those_who_may_not_decide_make_approval_unreachable_where_it_needs_them(
    stated: Any, barred: str, script: str, expected: str
) -> None:
    assert told(tally_of(said(script), stated, frozenset(barred))) == expected


def test_a_rejection_by_veto_needs_no_reason_and_one_by_arithmetic_has_it() -> None:
    assert tally_of(said("-a"), rules(TWO_OF_THREE), NOBODY).reason is None
    unreachable = tally_of(said("-a -b"), rules(TWO_OF_THREE, **NO_VETO), NOBODY)
    assert unreachable.reason is Reason.APPROVAL_UNREACHABLE


def test_the_people_of_earlier_stages_stay_known() -> None:
    tally = tally_of(said("+l +m +f"), rules(needs(2, "lm"), needs(2, "fg")), NOBODY)
    assert (tally.decided_before, set(tally.votes)) == ({"l", "m"}, {"f"})
    assert tally.decided == {"l", "m", "f"}


@given(
    words=st.lists(st.sampled_from([APPROVE, REJECT]), max_size=8),
    stated=st.sampled_from([stated for stated, _, _ in CASES]),
    order=st.randoms(use_true_random=False),
)
def test_only_sequence_numbers_order_the_rows(words: list[Vote], stated: Any, order: Random) -> None:
    rows = recorded(*words)
    shuffled = rows.copy()
    order.shuffle(shuffled)
    assert tally_of(shuffled, stated, NOBODY) == tally_of(rows, stated, NOBODY)


@given(
    words=st.lists(st.sampled_from(["+a", "-a", "+b", "-b", "+c", "-c", "+f", "-f", "+l", "-l"]), max_size=8),
    stated=st.sampled_from([stated for stated, _, _ in CASES]),
)
def test_rows_after_the_final_one_change_nothing_and_stages_never_go_back(words: list[str], stated: Any) -> None:
    rows = said(" ".join(words))
    course = [tally_of(rows[:length], stated, NOBODY) for length in range(len(rows) + 1)]
    final = next((tally for tally in course if tally.verdict), None)

    assert course[-1] == (final or course[-1])
    assert [tally.stage for tally in course] == sorted(tally.stage for tally in course)


@given(approvals=st.integers(0, 8), needed=st.integers(1, 5))
def test_silence_and_too_few_approvals_approve_nothing(approvals: int, needed: int) -> None:
    tally = tally_of(recorded(*[APPROVE] * approvals), rules(needs(needed)), NOBODY)
    assert (tally.verdict is Verdict.APPROVE) == (approvals >= needed)


def test_every_verdict_of_a_review_has_an_outcome_of_its_own_and_none_is_failed() -> None:
    outcomes = [outcome_of(verdict) for verdict in Verdict]
    assert len(set(outcomes)) == len(Verdict)
    assert Outcome.FAILED not in outcomes
    assert [verdict for verdict in Verdict if outcome_of(verdict) is Outcome.APPROVED] == [Verdict.APPROVE]


@pytest.mark.parametrize(
    ("stages", "script", "expected"),
    [
        (rules(needs(1)), "", (0, 1)),
        (rules(TWO_OF_THREE), "+a", (1, 2)),
        (rules(TWO_OF_THREE, **NO_VETO), "-a +b", (1, 2)),
        (rules(needs(ALL, "abc")), "+a +b", (2, 3)),
        (rules((LEGAL, FINANCE)), "+l", (1, 2)),
        (rules((needs(1, "ab"), needs(1, "b"))), "+b", (1, 2)),  # one person fills one place
        (rules((needs(1, "ab"), needs(1, "b"))), "+b +a", (2, 2)),
        (rules(LEGAL, FINANCE), "+l", (0, 1)),
    ],
)
def test_the_approvals_of_the_open_stage_are_counted_by_the_places_that_they_fill(
    stages: Any, script: str, expected: tuple[int, int]
) -> None:
    assert approvals_given(tally_of(said(script), stages, NOBODY), stages, NOBODY) == expected
