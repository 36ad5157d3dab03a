"""Whatever the order of decisions, duplicates, deadline, overwrite, withdrawal, redelivery and crashes between any two
actions of up to three writers at once: the ledger comes to what the model says, and its invariants hold on the way."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from compliance import ledger, rounds
from compliance import policy as policy_rules
from compliance.content import ContentFinding, Finding
from compliance.delegation import Delegation
from compliance.outcome import Answer, Outcome, ReviewState, Verdict
from compliance.policy import Policy, Stage
from compliance.review import Decision, Head, RecordedDecision, Transition
from tests import review_model as model
from tests.builders import DEADLINE, ETAG, REQUESTED_AT, SHA256, document, policy, uninspected_review
from tests.examples import at_most
from tests.review_model import (
    Away,
    Close,
    Decide,
    Escalate,
    Expire,
    Inspect,
    Open,
    Part,
    Remind,
    Rules,
    Said,
    Step,
    Supersede,
    Vote,
    Withdraw,
)
from tests.unit.compliance.ledger_in_memory import LedgerInMemory, Reply, Transact

ESCALATED_AFTER = timedelta(hours=1)
NOT_OPEN = Answer.STAGE_NOT_OPEN
PEOPLE = [f"{name}@example.org" for name in ("amy", "ben", "eve", "hal", "zoe")]

AT_LAST: list[Step] = [Inspect(), Expire(), Close()]  # an inspection may have come before the opening

persons = st.integers(0, len(PEOPLE) - 1)
moments = st.sampled_from([0, -1, -1_000_000, -1, 0, 1, 1_000_000])
dates = st.sampled_from([(-2_000_000, 2_000_000), (-2_000_000, 0), (-1, -1), (0, 2_000_000), (-2_000_000, -2)])
pairs = st.sampled_from([(1, 4), (2, 4), (3, 4), (2, 1), (1, 3), (4, 3), (3, 2), (0, 4), (1, 0)])
delegations = st.dictionaries(pairs, dates, min_size=2, max_size=5).map(  # one of each pair counts
    lambda told: frozenset(Away(*pair, *between) for pair, between in told.items())
)
said = st.builds(
    Said,
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
    delegations=st.one_of(delegations, st.just(frozenset[Away]())),
)
approvable = any_rules.filter(lambda stated: model.verdict([Open(), Inspect()], stated) is None)
rules = st.one_of(approvable, approvable, approvable, any_rules)
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
    st.builds(Close, prevented=st.sampled_from([None, None, "superseded", "failed"])),
    st.just(Open()),
    st.just(Escalate()),
    st.builds(Remind, number=st.integers(1, 2)),
    st.builds(Inspect, mismatch=st.booleans()),
)
moves = st.lists(st.tuples(st.integers(0, 2), st.sampled_from([False, False, False, True])), min_size=20, max_size=120)


@st.composite
def journeys(draw: st.DrawFn) -> list[Step]:
    """A few messages, each delivered any number of times, among all else that can happen; at last the deadline."""
    flawless = [Decide(person, Said(person, person)) for person in range(1, len(PEOPLE))]
    words = [*draw(st.lists(said, min_size=1, max_size=4)), *[message.said for message in flawless]]
    sent = st.builds(Decide, message=st.integers(11, 19), said=st.sampled_from(words), after_deadline=moments)
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
def days_of_absence(draw: st.DrawFn) -> list[Step]:
    """Everybody decides, delegates again and again, one after the other; the review may be escalated in between."""
    steps: list[Step] = [Open(), Inspect()]
    for number, person in enumerate(draw(st.permutations([0, 1, 1, 2, 2, 3, 4, 4, 4, 4])), start=1):
        approves, comment = draw(st.sampled_from([True, True, True, False])), draw(st.booleans())
        words = Said(number, person, approves=approves, comment=comment)
        steps.append(Decide(number, words, draw(st.sampled_from([-1, -1, -1_000_000, 0]))))
    if draw(st.booleans()):
        steps.insert(draw(st.integers(2, len(steps))), Escalate())
    return steps


def part_of(stated: Part) -> policy_rules.Part:
    """The model's part of a stage as the product writes it."""
    reviewers = tuple(PEOPLE[person] for person in sorted(stated.people))
    return policy_rules.Part(reviewers, None if stated.needed == "all" else stated.needed)


def policy_of(stated: Rules) -> Policy:
    """The model's rules as the product writes them."""
    return policy(
        stages=tuple(Stage(str(number), tuple(map(part_of, parts))) for number, parts in enumerate(stated.stages)),
        reject_veto=stated.reject_veto,
        may_change_mind=stated.may_change_mind,
        separation_of_duties=stated.separation_of_duties,
        comment_required_on_reject=stated.comment_required_on_reject,
        escalation=policy_rules.Escalation(ESCALATED_AFTER, tuple(PEOPLE[each] for each in stated.escalates_to)),
    )


def decision_of(step: Decide) -> Decision:
    """The model's message as the trigger hands it to the ledger."""
    words = step.said
    name = PEOPLE[words.person]
    return Decision(
        decision_id=f"decision-{words.decision_id}",
        verdict=Verdict.APPROVE if words.approves else Verdict.REJECT,
        reviewer=name.upper() if words.spelling else name,
        digest=hashlib.sha256(repr(words).encode()).hexdigest(),
        message_id=f"message-{step.message}",
        enqueued_at=DEADLINE + timedelta(microseconds=step.after_deadline),
        comment="because" if words.comment else None,
        document_sha256={"unnamed": None, "right": SHA256, "wrong": "00" * 32}[words.version],
        etag=f'"{ETAG}"' if words.version == "right" else None,
    )


def recorded_of(vote: Vote) -> Decision:
    """The model's decision as the ledger keeps it."""
    arrived = decision_of(vote.step)
    if vote.away is None:
        return arrived
    given = delegation_of(vote.away)
    return replace(arrived, on_behalf_of=given.by, delegated_from=given.starts, delegated_until=given.ends)


def delegation_of(away: Away) -> Delegation:
    """The model's delegation as it is stored."""
    starts, ends = (DEADLINE + timedelta(microseconds=moment) for moment in (away.starts, away.ends))
    return Delegation(PEOPLE[away.by].title(), PEOPLE[away.to], starts, ends, REQUESTED_AT)


def first_head(stated: Rules) -> Head:
    """The review as it is opened."""
    modifier = None if stated.modifier is None else PEOPLE[stated.modifier].upper()
    return uninspected_review(policy=policy_of(stated), submitter=PEOPLE[model.SUBMITTER], modifier=modifier)


def transact_under(stated: Rules) -> Transact:
    """The product's transitions, asked as triggers and activities ask for them."""
    first = first_head(stated)

    def transact(step: Step, head: Head | None, decisions: tuple[RecordedDecision, ...]) -> Transition | None:
        match step:
            case Open():
                return None if head else ledger.open_review(first)
            case Decide():
                to_sender = [delegation_of(each) for each in stated.delegations if each.to == step.said.person]
                return ledger.record(head, decisions, decision_of(step), to_sender)
            case Withdraw():
                at = DEADLINE + timedelta(microseconds=step.after_deadline)
                return ledger.withdraw(head, PEOPLE[step.person], at, "too early")
        if head is None:
            return None
        match step:
            case Inspect():
                findings = (Finding(ContentFinding.TYPE_MISMATCH, "no PDF"),) if step.mismatch else ()
                return ledger.begin(head, document(), REQUESTED_AT, None, findings=findings)
            case Expire():
                return ledger.expire(head, DEADLINE)
            case Supersede():
                return ledger.supersede(head)
            case Remind():
                return rounds.remind(head, step.number, REQUESTED_AT)
            case Escalate():
                return rounds.escalate(head, decisions, REQUESTED_AT + ESCALATED_AFTER)
            case Close():
                prevented = Outcome(step.prevented) if step.prevented else None
                return None if head.state is ReviewState.OPEN else ledger.close(head, DEADLINE, "somewhere", prevented)

    return transact


@at_most(200)
@given(steps=journeys(), moves=moves, stated=rules)
def test_every_order_comes_to_what_the_model_says(
    steps: list[Step], moves: list[tuple[int, bool]], stated: Rules
) -> None:
    assert_as_the_model_says(steps, moves, stated)


@at_most(300)
@given(steps=days_of_absence(), stated=rules_with_delegations)
def test_whoever_stands_in_for_whom_it_comes_to_what_the_model_says(steps: list[Step], stated: Rules) -> None:
    assert_as_the_model_says(steps, [], stated)


def assert_as_the_model_says(steps: list[Step], moves: list[tuple[int, bool]], stated: Rules) -> None:
    """Each answer and each version of the rows."""
    kept = LedgerInMemory(transact_under(stated))
    kept.run(steps, moves)
    kept.run(AT_LAST, [])

    assert len(kept.replies) == len(steps) + len(AT_LAST)
    for reply in kept.replies:
        said_before = kept.log[: reply.read.version]
        made = reply.transition
        assert (made.answer if made else None) == model.answer(said_before, reply.step, stated)
        assert bool(made and made.writes) == model.takes_effect(said_before, reply.step, stated)
    for length, version in enumerate(kept.versions):
        assert_same(version.head, version.decisions, kept.log[:length], stated)
    assert_nothing_is_taken_back(kept)
    assert_answers_are_true(kept)
    assert kept.stored.head
    assert kept.stored.head.state is ReviewState.CLOSED


def assert_same(head: Head | None, rows: tuple[RecordedDecision, ...], log: list[Step], stated: Rules) -> None:
    """These rows are what this log comes to."""
    assert [row.decision for row in rows] == [recorded_of(vote) for vote in model.votes(log, stated)]
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert (head.state if head else None) == model.state(log, stated)
    if head is None:
        return
    assert (head.verdict, head.outcome) == (model.verdict(log, stated), model.outcome(log, stated))
    assert (head.last_seq, head.last_audit) == (len(rows), len(log))
    if head.state is not ReviewState.CLOSED:
        assert head.reason == model.reason(log, stated)
    if not head.verdict:
        assert head.stage == model.open_stage(log, stated)[0]


def assert_nothing_is_taken_back(kept: LedgerInMemory) -> None:
    """State never goes back nor skips, what was decided stays decided, rows are only ever added at the end."""
    order = [None, *ReviewState]
    for before, after in pairwise(kept.versions):
        was, now = before.head.state if before.head else None, after.head.state if after.head else None
        assert order.index(now) - order.index(was) in (0, 1)
        assert after.decisions[: len(before.decisions)] == before.decisions
        assert after.audit[: len(before.audit)] == before.audit
        assert [record.seq for record in after.audit] == list(range(1, after.version + 1))
        if before.head and before.head.verdict and after.head:
            assert (after.head.verdict, after.decisions) == (before.head.verdict, before.decisions)
            assert after.head.outcome == before.head.outcome or before.head.outcome is None


def assert_answers_are_true(kept: LedgerInMemory) -> None:
    """Who is told `recorded` is counted once and always told so; who is refused is not counted.

    `stage_not_open` asks to send it again; a message that the broker delivers again after its stage has opened does.
    So does one of a person whom an escalation lets decide meanwhile.
    """
    rows = [row.decision for row in kept.stored.decisions]
    answers: dict[int, list[Answer]] = {}
    for reply in kept.replies:
        if not isinstance(reply.step, Decide) or reply.transition is None or may_be_other_later(reply.transition, kept):
            continue
        if reply.transition.answer:
            assert_answer_is_true(reply, reply.step, rows)
            answers.setdefault(reply.step.message, []).append(reply.transition.answer)
    for told in answers.values():
        assert Answer.RECORDED not in told or set(told) == {Answer.RECORDED}


def may_be_other_later(told: Transition, kept: LedgerInMemory) -> bool:
    """Whether the next stage or an escalation may let the decision count that did not."""
    escalated_since = kept.stored.head and kept.stored.head.escalated and not told.head.escalated
    return told.answer is NOT_OPEN or (told.answer is Answer.NOT_PERMITTED and bool(escalated_since))


def assert_answer_is_true(reply: Reply, step: Decide, rows: list[Decision]) -> None:
    """One answer, held against the rows at the end."""
    assert reply.transition
    sent = decision_of(step)
    same_id = [row for row in rows if row.decision_id == sent.decision_id]
    arrived = [replace(row, on_behalf_of=None, delegated_from=None, delegated_until=None) for row in same_id]
    match reply.transition.answer:
        case Answer.RECORDED:
            assert arrived == [sent]
        case Answer.DUPLICATE:
            assert [row.digest for row in same_id] == [sent.digest]
            assert same_id[0].message_id != sent.message_id
        case Answer.ID_REUSED:
            assert len(same_id) == 1
            assert same_id[0].digest != sent.digest
        case Answer.LATE:
            assert sent.message_id not in [row.message_id for row in rows]
            over = reply.transition.head.state is not ReviewState.OPEN
            assert over or sent.enqueued_at > DEADLINE
        case _:
            assert sent.message_id not in [row.message_id for row in rows]
