"""What must hold of a ledger after any order of steps: it is what the model says, and what was recorded stays."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from compliance.outcome import Answer, ReviewState
from compliance.review import Decision, Head, RecordedDecision
from tests.builders import DEADLINE
from tests.model import review_model as model
from tests.model.ledger_in_memory import LedgerInMemory, Reply
from tests.model.review_model import Decide, Rules, Step
from tests.model.translation import decision_of, recorded_of

NOT_OPEN = Answer.STAGE_NOT_OPEN


def assert_as_the_model_says(kept: LedgerInMemory, stated: Rules) -> None:
    """Compare each answer and each version of the rows with the model."""
    for reply in kept.replies:
        said_before = kept.log[: reply.read.version]
        made = reply.made
        assert reply.answer == model.answer(said_before, reply.step, stated)
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
        if not isinstance(reply.step, Decide) or reply.made is None or may_be_other_later(reply, reply.made.head, kept):
            continue
        if reply.answer:
            assert_answer_is_true(reply, reply.step, rows)
            answers.setdefault(reply.step.message, []).append(reply.answer)
    for told in answers.values():
        assert Answer.RECORDED not in told or set(told) == {Answer.RECORDED}


def may_be_other_later(reply: Reply, head: Head, kept: LedgerInMemory) -> bool:
    """Whether the next stage or an escalation may let the decision count that did not."""
    escalated_since = kept.stored.head and kept.stored.head.escalated and not head.escalated
    return reply.answer is NOT_OPEN or (reply.answer is Answer.NOT_PERMITTED and bool(escalated_since))


def assert_answer_is_true(reply: Reply, step: Decide, rows: list[Decision]) -> None:
    """One answer, held against the rows at the end."""
    sent = decision_of(step)
    same_id = [row for row in rows if row.decision_id == sent.decision_id]
    arrived = [replace(row, on_behalf_of=None, delegated_from=None, delegated_until=None) for row in same_id]
    match reply.answer:
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
            over = reply.made is not None and reply.made.head.state is not ReviewState.OPEN
            assert over or sent.enqueued_at > DEADLINE
        case _:
            assert sent.message_id not in [row.message_id for row in rows]
