"""Opening, inspecting, withdrawing, expiring, superseding and closing; each may be asked for again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from compliance.history import AuditEvent
from compliance.outcome import Answer, Outcome, Reason, ReviewState, Verdict, Vote
from compliance.review import Head
from compliance.rulings import Ruling, Transition
from compliance.transitions import (
    MOST_NOTES,
    begin,
    close,
    expire,
    note,
    open_review,
    record,
    supersede,
    vanish,
    withdraw,
)
from tests import builders
from tests.builders import DEADLINE, DEADLINE_AFTER, REQUESTED_AT, SHA256, SUBMITTER, decision, document

MICROSECOND, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
WHERE = "published/reports/annual report.pdf"
REASON = "the figures of March are missing"


def withdrawn(head: Head) -> Ruling:
    """Return the submitter's withdrawal in time."""
    done = withdraw(head, SUBMITTER, REQUESTED_AT, REASON)
    assert done
    return done


def approved(head: Head) -> Ruling:
    """Return the ruling on one reviewer's approval in time."""
    done = record(head, [], decision())
    assert done
    return done


def rejected(head: Head) -> Ruling:
    """Return the ruling on one reviewer's rejection in time."""
    done = record(head, [], decision(vote=Vote.REJECT))
    assert done
    return done


def expired(head: Head) -> Transition:
    return expire(head, DEADLINE)


DECIDING: list[tuple[Callable[[Head], Transition | Ruling], Verdict, Outcome]] = [
    (approved, Verdict.APPROVE, Outcome.APPROVED),
    (rejected, Verdict.REJECT, Outcome.REJECTED),
    (expired, Verdict.EXPIRE, Outcome.EXPIRED),
    (withdrawn, Verdict.WITHDRAW, Outcome.WITHDRAWN),
    (supersede, Verdict.SUPERSEDE, Outcome.SUPERSEDED),
    (vanish, Verdict.GONE, Outcome.GONE),
]


class TestOpening:
    def test_a_review_opens_undecided_and_without_a_deadline(self) -> None:
        head = open_review(builders.uninspected_review()).head
        assert (head.state, head.verdict, head.outcome) == (ReviewState.OPEN, None, None)
        assert (head.deadline, head.requested_at, head.inspected) == (None, None, False)

    def test_its_first_audit_record_names_the_submitter_and_the_class(self) -> None:
        opened = open_review(builders.uninspected_review())
        assert opened.writes
        assert opened.audit
        assert opened.audit.seq == opened.head.last_audit == 1
        assert (opened.audit.event, opened.audit.who) == (AuditEvent.REVIEW_OPENED, SUBMITTER)
        assert opened.audit.detail == "default"


class TestInspecting:
    def test_it_fixes_the_bytes_and_starts_the_reviewers_time(self) -> None:
        done = begin(builders.uninspected_review(), document(), REQUESTED_AT, None)
        assert done.head.document.sha256 == SHA256
        assert (done.head.requested_at, done.head.deadline) == (REQUESTED_AT, REQUESTED_AT + DEADLINE_AFTER)
        assert (done.head.state, done.head.inspected) == (ReviewState.OPEN, True)
        assert done.audit
        assert (done.audit.event, done.audit.at, done.audit.detail) == (
            AuditEvent.DOCUMENT_INSPECTED,
            REQUESTED_AT,
            SHA256,
        )

    @pytest.mark.parametrize("reason", [Reason.CONTENT_MISMATCH, Reason.TOO_LARGE, Reason.INSPECTION_TIMEOUT])
    def test_content_that_may_not_be_reviewed_is_rejected_at_once(self, reason: Reason) -> None:
        done = begin(builders.uninspected_review(), document(), REQUESTED_AT, reason)
        assert (done.head.state, done.head.verdict, done.head.reason) == (ReviewState.DECIDED, Verdict.REJECT, reason)
        assert done.audit
        assert done.audit.detail == reason
        closed = close(done.head, REQUESTED_AT, "archived/x").head

        assert (closed.outcome, closed.reason) == (Outcome.REJECTED, reason)

    def test_a_second_inspection_moves_neither_deadline_nor_hash(self) -> None:
        head = builders.open_review()
        again = begin(head, document(sha256="00" * 32), REQUESTED_AT + SECOND, Reason.CONTENT_MISMATCH)
        assert (again.writes, again.head) == (False, head)

    def test_a_review_superseded_before_its_inspection_is_left_alone(self) -> None:
        head = supersede(builders.uninspected_review()).head
        again = begin(head, document(), REQUESTED_AT, None)
        assert (again.writes, again.head) == (False, head)


class TestWithdrawing:
    @pytest.mark.parametrize("early_by", [timedelta(0), MICROSECOND, SECOND])
    def test_the_submitter_takes_the_document_back_until_the_deadline(self, early_by: timedelta) -> None:
        done = withdraw(builders.open_review(), SUBMITTER.upper(), DEADLINE - early_by, REASON)
        assert done
        assert (done.answer, done.head.state, done.head.verdict) == (
            Answer.RECORDED,
            ReviewState.DECIDED,
            Verdict.WITHDRAW,
        )
        assert (done.transition.record.event, done.transition.record.who) == (
            AuditEvent.REVIEW_WITHDRAWN,
            SUBMITTER.upper(),
        )
        assert done.transition.record.detail == REASON

    @pytest.mark.parametrize("late_by", [MICROSECOND, SECOND])
    def test_after_the_deadline_it_is_late(self, late_by: timedelta) -> None:
        head = builders.open_review()
        done = withdraw(head, SUBMITTER, DEADLINE + late_by, REASON)
        assert done
        assert (done.answer, done.writes, done.head) == (Answer.LATE, False, head)

    @pytest.mark.parametrize("submitter", [None, "somebody@example.org"])
    def test_nobody_but_the_known_submitter_can(self, submitter: str | None) -> None:
        head = builders.open_review(submitter=submitter)
        done = withdraw(head, SUBMITTER, REQUESTED_AT, REASON)

        assert done
        assert (done.answer, done.writes, done.head) == (Answer.NOT_PERMITTED, False, head)
        assert done.explanation

    def test_a_redelivered_withdrawal_is_answered_as_the_first_time(self) -> None:
        decided = withdrawn(builders.open_review()).head
        for head in (decided, close(decided, DEADLINE, "archived/x").head):
            again = withdrawn(head)
            assert (again.answer, again.writes, again.head) == (Answer.RECORDED, False, head)

    def test_a_strangers_withdrawal_is_not_said_to_have_been_recorded_because_the_submitters_was(self) -> None:
        head = withdrawn(builders.open_review()).head
        done = withdraw(head, "eve@example.org", REQUESTED_AT, REASON)
        assert done
        assert (done.answer, done.writes) == (Answer.LATE, False)

    @pytest.mark.parametrize("decide", [approved, rejected, expired, supersede])
    def test_a_review_decided_otherwise_is_not_withdrawn(self, decide: Callable[[Head], Transition]) -> None:
        head = decide(builders.open_review()).head
        done = withdrawn(head)
        assert (done.answer, done.writes, done.head) == (Answer.LATE, False, head)

    @pytest.mark.parametrize("head", [None, builders.uninspected_review()])
    def test_where_reviewers_were_not_asked_yet_there_is_no_answer_yet(self, head: Head | None) -> None:
        assert withdraw(head, SUBMITTER, REQUESTED_AT, REASON) is None


class TestExpiringAndSuperseding:
    def test_silence_expires_and_names_no_outcome_yet(self) -> None:
        done = expire(builders.open_review(), DEADLINE)
        assert (done.head.state, done.head.verdict, done.head.outcome) == (ReviewState.DECIDED, Verdict.EXPIRE, None)
        assert done.audit
        assert (done.audit.event, done.audit.at) == (AuditEvent.DEADLINE_PASSED, DEADLINE)

    def test_too_few_approvals_expire_like_silence(self) -> None:
        head = approved(builders.open_review(policy=builders.policy(approvals_needed=2))).head
        assert expire(head, DEADLINE).head.verdict is Verdict.EXPIRE

    @pytest.mark.parametrize("head", [builders.uninspected_review(), builders.open_review()])
    def test_other_bytes_supersede_before_and_after_the_inspection(self, head: Head) -> None:
        done = supersede(head)
        assert (done.head.state, done.head.verdict) == (ReviewState.DECIDED, Verdict.SUPERSEDE)
        assert done.audit
        assert done.audit.event is AuditEvent.DOCUMENT_SUPERSEDED

    @pytest.mark.parametrize(("decide", "verdict", "_"), DECIDING)
    def test_a_review_that_was_decided_keeps_its_verdict(
        self, decide: Callable[[Head], Transition], verdict: Verdict, _: Outcome
    ) -> None:
        decided = decide(builders.open_review()).head
        closed = close(decided, DEADLINE, WHERE).head
        for head in (decided, closed):
            for again in (
                expire(head, DEADLINE),
                supersede(head),
                vanish(head),
                begin(head, document(), DEADLINE, None),
            ):
                assert (again.writes, again.head, again.head.verdict) == (False, head, verdict)


class TestClosing:
    @pytest.mark.parametrize(("decide", "_", "outcome"), DECIDING)
    def test_the_outcome_is_the_verdicts_and_is_named_only_here(
        self, decide: Callable[[Head], Transition], _: Verdict, outcome: Outcome
    ) -> None:
        decided = decide(builders.open_review()).head
        assert decided.outcome is None
        done = close(decided, DEADLINE, WHERE)

        assert (done.head.state, done.head.outcome, done.head.location) == (ReviewState.CLOSED, outcome, WHERE)
        assert done.head.verdict is decided.verdict
        assert done.audit
        assert (done.audit.event, done.audit.at, done.audit.detail) == (AuditEvent.REVIEW_CLOSED, DEADLINE, outcome)

    @pytest.mark.parametrize("prevented", [Outcome.SUPERSEDED, Outcome.GONE, Outcome.FAILED])
    def test_a_move_that_was_prevented_names_what_prevented_it(self, prevented: Outcome) -> None:
        head = approved(builders.open_review()).head
        closed = close(head, DEADLINE, None, prevented, Reason.TARGET_TAKEN).head
        assert (closed.verdict, closed.outcome) == (Verdict.APPROVE, prevented)
        assert (closed.reason, closed.location) == (Reason.TARGET_TAKEN, None)

    @pytest.mark.parametrize("outcome", [Outcome.SUPERSEDED, Outcome.GONE])
    def test_a_document_that_is_no_longer_there_ends_for_no_reason_of_the_verdict(self, outcome: Outcome) -> None:
        rejected = begin(builders.uninspected_review(), document(), REQUESTED_AT, Reason.TOO_LARGE).head
        assert close(rejected, DEADLINE, None, outcome).head.reason is None
        assert close(rejected, DEADLINE, WHERE).head.reason is Reason.TOO_LARGE

    @pytest.mark.parametrize("claimed", [Outcome.APPROVED, Outcome.REJECTED, Outcome.EXPIRED, Outcome.WITHDRAWN])
    def test_no_move_turns_one_verdict_into_the_outcome_of_another(self, claimed: Outcome) -> None:
        head = expired(builders.open_review()).head
        with pytest.raises(ValueError, match=claimed):
            close(head, DEADLINE, WHERE, prevented=claimed)

    def test_a_closed_review_keeps_its_outcome_and_place(self) -> None:
        head = close(approved(builders.open_review()).head, DEADLINE, WHERE).head
        again = close(head, DEADLINE + SECOND, "archived/x", Outcome.FAILED, Reason.HASH_MISMATCH)
        assert (again.writes, again.head) == (False, head)

    def test_an_open_review_cannot_be_closed(self) -> None:
        with pytest.raises(ValueError, match="still open"):
            close(builders.open_review(), DEADLINE, WHERE)


class TestNoting:
    @staticmethod
    def noted(head: Head) -> Transition:
        return note(head, AuditEvent.QUARANTINE_DISCARDED, REQUESTED_AT + SECOND, "olga@example.org", "message 1")

    def test_a_note_changes_nothing_but_the_history(self) -> None:
        head = builders.open_review()
        done = self.noted(head)

        last = done.head.last_audit
        assert done.head == replace(head, notes=1, last_audit=last, last_at=REQUESTED_AT + SECOND)
        assert (done.record.seq, done.record.event) == (last, AuditEvent.QUARANTINE_DISCARDED)
        assert (done.record.who, done.record.detail) == ("olga@example.org", "message 1")

    def test_a_review_has_not_more_notes_than_its_evidence_can_hold(self) -> None:
        last = self.noted(builders.open_review(notes=MOST_NOTES - 1))
        refused = self.noted(last.head)
        assert (last.writes, last.head.notes) == (True, MOST_NOTES)
        assert (refused.writes, refused.head) == (False, last.head)


def test_audit_records_are_numbered_without_gaps_through_a_whole_review() -> None:
    opened = open_review(builders.uninspected_review())
    inspected = begin(opened.head, document(), REQUESTED_AT, None)
    decided = approved(inspected.head)
    closed = close(decided.head, DEADLINE, WHERE)
    steps = [opened, inspected, decided.transition, closed]

    assert [step.audit.seq for step in steps if step.audit] == [1, 2, 3, 4]
    assert [step.head.last_audit for step in steps] == [1, 2, 3, 4]
