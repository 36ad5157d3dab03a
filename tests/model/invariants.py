"""What must hold of a ledger after any order of steps: it is what the model says, and what was recorded stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from compliance.outcome import Answer, ReviewState
from compliance.review import Decision, Head, RecordedDecision
from tests.builders import DEADLINE
from tests.model import review_model as model
from tests.model.ledger_in_memory import LedgerInMemory, Reply
from tests.model.steps import Decide, Rules, Step
from tests.model.translation import decision_of, recorded_of


def assert_as_the_model_says(ledger: LedgerInMemory, rules: Rules) -> None:
    """Compare each answer and each version of the rows with the model; the review must be closed at last."""
    for reply in ledger.replies:
        before = ledger.log[: reply.read.version]
        assert reply.answer == model.answer(before, reply.step, rules)
        assert bool(reply.result and reply.result.writes) == model.takes_effect(before, reply.step, rules)
    for length, version in enumerate(ledger.versions):
        _assert_rows_fit_log(version.head, version.decisions, ledger.log[:length], rules)
    _assert_nothing_is_taken_back(ledger)
    _assert_answers_stay_true(ledger)
    assert ledger.stored.head
    assert ledger.stored.head.state is ReviewState.CLOSED


def _assert_rows_fit_log(head: Head | None, rows: Sequence[RecordedDecision], log: list[Step], rules: Rules) -> None:
    assert [row.decision for row in rows] == [recorded_of(counted) for counted in model.counted(log, rules)]
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert (head.state if head else None) == model.state(log, rules)
    if head is None:
        return
    assert (head.verdict, head.outcome) == (model.verdict(log, rules), model.outcome(log, rules))
    assert (head.last_seq, head.last_audit) == (len(rows), len(log))
    if head.state is not ReviewState.CLOSED:
        assert head.reason == model.reason(log, rules)
    if not head.verdict:
        assert head.stage == model.open_stage(log, rules)[0]


def _assert_nothing_is_taken_back(ledger: LedgerInMemory) -> None:
    """Check that the state never goes back nor skips, that a verdict stays, and that rows are only appended."""
    order = [None, *ReviewState]
    for before, after in pairwise(ledger.versions):
        was, now = before.head.state if before.head else None, after.head.state if after.head else None
        assert order.index(now) - order.index(was) in (0, 1)
        assert after.decisions[: len(before.decisions)] == before.decisions
        assert after.audit[: len(before.audit)] == before.audit
        assert [record.seq for record in after.audit] == list(range(1, after.version + 1))
        if before.head and before.head.verdict and after.head:
            assert (after.head.verdict, after.decisions) == (before.head.verdict, before.decisions)
            assert after.head.outcome == before.head.outcome or before.head.outcome is None


def _assert_answers_stay_true(ledger: LedgerInMemory) -> None:
    """Check that a decision answered `recorded` is counted once and always gets that answer, and a refused one never.

    Answers that may change are left out: a message that comes again after its stage has opened, or after an escalation
    has made its sender a reviewer.
    """
    rows = [row.decision for row in ledger.stored.decisions]
    answers: dict[int, list[Answer]] = {}
    for reply in ledger.replies:
        if not isinstance(reply.step, Decide) or _may_change(reply, ledger):
            continue
        if reply.answer:
            _assert_answer_is_true(reply, reply.step, rows)
            answers.setdefault(reply.step.message, []).append(reply.answer)
    for given in answers.values():
        assert Answer.RECORDED not in given or set(given) == {Answer.RECORDED}


def _may_change(reply: Reply, ledger: LedgerInMemory) -> bool:
    was_escalated = reply.result is not None and reply.result.head.escalated
    escalated_since = ledger.stored.head and ledger.stored.head.escalated and not was_escalated
    return reply.answer is Answer.STAGE_NOT_OPEN or (reply.answer is Answer.NOT_PERMITTED and bool(escalated_since))


def _assert_answer_is_true(reply: Reply, step: Decide, rows: list[Decision]) -> None:
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
            over = reply.result is not None and reply.result.head.state is not ReviewState.OPEN
            assert over or sent.enqueued_at > DEADLINE
        case _:
            assert sent.message_id not in [row.message_id for row in rows]
