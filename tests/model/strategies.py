"""Hypothesis strategies: the steps that happen to one review, schedules for its writers, and the rules it is under."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.model import review_model as model
from tests.model.steps import (
    Body,
    Close,
    Decide,
    Delegation,
    Escalate,
    Expire,
    Inspect,
    Open,
    Part,
    Remind,
    Rules,
    Step,
    Supersede,
    Vanish,
    Withdraw,
)
from tests.model.translation import PEOPLE

AT_LAST: list[Step] = [Inspect(), Expire(), Close()]  # an inspection may have come before the opening

persons = st.integers(0, len(PEOPLE) - 1)
moments = st.sampled_from([0, -1, -1_000_000, -1, 0, 1, 1_000_000])
dates = st.sampled_from([(-2_000_000, 2_000_000), (-2_000_000, 0), (-1, -1), (0, 2_000_000), (-2_000_000, -2)])
pairs = st.sampled_from([(1, 4), (2, 4), (3, 4), (2, 1), (1, 3), (4, 3), (3, 2), (0, 4), (1, 0)])
delegations = st.dictionaries(pairs, dates, min_size=2, max_size=5).map(  # one of each pair counts
    lambda dated: frozenset(Delegation(*pair, *between) for pair, between in dated.items())
)
bodies = st.builds(
    Body,
    decision_id=st.integers(1, 4),
    person=persons,
    spelling=st.integers(0, 1),
    approves=st.sampled_from([True, True, False]),
    version=st.sampled_from(["unnamed", "right", "right", "unnamed", "wrong"]),
    comment=st.booleans(),
)
parts = st.builds(
    Part,
    needed=st.sampled_from([1, 2, 1, 3, "all"]),
    people=st.sampled_from(
        [
            frozenset({1, 2, 3}),
            frozenset[int](),
            frozenset({0, 1, 2}),
            frozenset({1, 2}),
            frozenset({3}),
            frozenset({4}),
        ]
    ),
)
any_stages = st.lists(st.lists(parts, min_size=1, max_size=2).map(tuple), min_size=1, max_size=3).map(tuple)
approvable_stages = st.sampled_from(
    [
        ((Part(2, frozenset({1, 2, 3})),),),
        ((Part(3, frozenset({1, 2, 3})),),),
        ((Part("all", frozenset({0, 1, 2})),), (Part(1, frozenset({3, 4})),)),
        ((Part(1, frozenset({1, 2})), Part(1, frozenset({2, 3}))),),
        ((Part(1, frozenset({1, 2})),), (Part(1, frozenset({3})),)),
        ((Part(1, frozenset({1, 2})),), (Part(2, frozenset({2, 3, 4})),)),
        ((Part(1, frozenset({1, 2})),), (Part(1, frozenset({1, 4})),)),
        ((Part(1, frozenset({3})),), (Part(1, frozenset({1, 2})),), (Part(1),)),
        ((Part(2),), (Part(1, frozenset({1, 2, 3})),)),
    ]
)
any_rules = st.builds(
    Rules,
    stages=st.one_of(approvable_stages, approvable_stages, any_stages),
    separation_of_duties=st.booleans(),
    comment_required_on_reject=st.booleans(),
    reject_veto=st.sampled_from([False, False, True]),
    may_change_mind=st.booleans(),
    modifier=st.sampled_from([None, None, 0, 3]),
    escalates_to=st.sampled_from([(), (3,), (0, 3), (1, 3), (4,)]),
    delegations=st.one_of(delegations, st.just(frozenset[Delegation]())),
)
approvable = any_rules.filter(lambda drawn: model.verdict([Open(), Inspect()], drawn) is None)
mixed_rules = st.one_of(approvable, approvable, approvable, any_rules)
rules_with_delegations = st.builds(
    Rules,
    stages=st.sampled_from(
        [
            ((Part(1, frozenset({1, 2})),), (Part(1, frozenset({4})),)),
            ((Part(1, frozenset({1, 2})),), (Part(1, frozenset({1})),)),
            ((Part(1, frozenset({1})), Part(1, frozenset({2}))), (Part(1, frozenset({3})),)),
            ((Part(1, frozenset({1, 2})),), (Part(2, frozenset({2, 3, 4})),)),
            ((Part(2, frozenset({1, 2, 3})),),),
            ((Part("all", frozenset({0, 1, 2})),), (Part(1, frozenset({3, 4})),)),
        ]
    ),
    separation_of_duties=st.booleans(),
    comment_required_on_reject=st.sampled_from([False, False, True]),
    reject_veto=st.sampled_from([False, False, True]),
    may_change_mind=st.booleans(),
    modifier=st.sampled_from([None, None, None, 3]),
    escalates_to=st.sampled_from([(), (3,), (4,), (2, 4)]),
    delegations=delegations,
)
rarely = st.one_of(
    st.just(Withdraw()),
    st.builds(Withdraw, person=st.sampled_from([0, 0, 1]), after_deadline=moments),
    st.just(Expire()),
    st.just(Supersede()),
    st.just(Vanish()),
    st.builds(Close, prevented=st.sampled_from([None, None, "superseded", "gone", "failed"])),
    st.just(Open()),
    st.just(Escalate()),
    st.builds(Remind, number=st.integers(1, 2)),
    st.builds(Inspect, mismatch=st.booleans()),
)
# Which writer acts next, and whether it crashes instead.
schedules = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([False, False, False, True])), min_size=20, max_size=120
)


@st.composite
def orders_of_steps(draw: st.DrawFn) -> list[Step]:
    """Draw a few messages, each delivered any number of times, between other steps."""
    flawless = [Decide(person, Body(person, person)) for person in range(1, len(PEOPLE))]
    known = [*draw(st.lists(bodies, min_size=1, max_size=4)), *[message.body for message in flawless]]
    sent = st.builds(Decide, message=st.integers(11, 19), body=st.sampled_from(known), after_deadline=moments)
    others = draw(st.lists(sent, min_size=2, max_size=5, unique_by=lambda message: message.message))
    again = draw(st.lists(st.sampled_from([*flawless, *others]), max_size=5))
    deliveries = draw(st.permutations([*flawless, *others, *again]))
    early = draw(st.sampled_from([0, 0, 1, 3]))
    opening: list[Step] = [Open(), Inspect(draw(st.sampled_from([False] * 19 + [True])))]
    escalated: list[Step] = draw(st.sampled_from([[], [Escalate()]]))
    steps = [*deliveries[:early], *opening, *escalated, *deliveries[early:]]
    for event in draw(st.lists(rarely, max_size=3)):
        steps.insert(draw(st.integers(0, len(steps))), event)
    return steps


@st.composite
def orders_with_delegations(draw: st.DrawFn) -> list[Step]:
    """Draw an order in which everybody decides, delegates several times; the review may be escalated in between."""
    steps: list[Step] = [Open(), Inspect()]
    for number, person in enumerate(draw(st.permutations([0, 1, 1, 2, 2, 3, 4, 4, 4, 4])), start=1):
        approves, comment = draw(st.sampled_from([True, True, True, False])), draw(st.booleans())
        body = Body(number, person, approves=approves, comment=comment)
        steps.append(Decide(number, body, draw(st.sampled_from([-1, -1, -1_000_000, 0]))))
    if draw(st.booleans()):
        steps.insert(draw(st.integers(2, len(steps))), Escalate())
    return steps
