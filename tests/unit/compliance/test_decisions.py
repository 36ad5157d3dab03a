"""Recording decisions: what counts, what cannot, and that the sender is told the truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance.history import AuditEvent
from compliance.outcome import Answer, Reason, ReviewState, Verdict, Vote
from compliance.policy import Escalation, Part, Stage
from compliance.refusal import MOST_DECISIONS, MOST_OF_ONE_PERSON, newer_policy_refusal
from compliance.review import Head, RecordedDecision
from compliance.rulings import Ruling
from compliance.transitions import begin, close, expire, record, supersede, vanish, withdraw
from tests.builders import (
    DEADLINE,
    ETAG,
    REQUESTED_AT,
    REVIEWER,
    SHA256,
    SUBMITTER,
    decision,
    document,
    open_review,
    policy,
    recorded,
    uninspected_review,
)

MICROSECOND, SECOND = timedelta(microseconds=1), timedelta(seconds=1)


def answered(ruling: Ruling | None) -> Ruling:
    """Return the ruling on a message about a known review."""
    assert ruling is not None
    return ruling


def refused(ruling: Ruling | None, head: Head, answer: Answer) -> str:
    """Check that a refusal writes nothing, and return its explanation."""
    said = answered(ruling)
    assert (said.answer, said.writes, said.head, said.transition.decision) == (answer, False, head, None)
    assert said.answer is not None
    assert said.answer.refused
    assert said.explanation
    return said.explanation


def after_one_approval_of_two() -> tuple[Head, list[RecordedDecision]]:
    """Return an open review that has one approval and needs another."""
    head = open_review(policy=policy(approvals_needed=2))
    first = answered(record(head, [], decision()))
    assert first.transition.decision
    return first.head, [first.transition.decision]


class TestRecorded:
    @pytest.mark.parametrize("vote", [Vote.APPROVE, Vote.REJECT])
    def test_the_final_decision_decides_in_the_transition_that_records_it(self, vote: Vote) -> None:
        head, said = open_review(), decision(vote=vote)
        done = answered(record(head, [], said))

        assert done.answer is Answer.RECORDED
        assert (done.head.state, done.head.verdict) == (ReviewState.DECIDED, Verdict(vote))
        assert (done.head.outcome, done.head.location) == (None, None)
        assert done.transition.decision == RecordedDecision(1, said)
        assert done.head.last_seq == 1

    def test_the_audit_says_who_decided_what_and_when_the_broker_got_it(self) -> None:
        done = answered(record(open_review(last_audit=2), [], decision()))
        audit = done.transition.record

        assert audit.seq == done.head.last_audit == 3
        assert audit.event is AuditEvent.DECISION_RECORDED
        assert (audit.who, audit.at, audit.detail) == (
            REVIEWER,
            decision().enqueued_at,
            "approve",
        )

    def test_a_decision_short_of_the_quorum_leaves_the_review_open(self) -> None:
        head, rows = after_one_approval_of_two()
        assert (head.state, head.verdict, head.last_seq) == (ReviewState.OPEN, None, 1)
        second = answered(record(head, rows, decision(decision_id="decision-2", reviewer="raj@example.org")))

        assert second.transition.decision
        assert second.transition.decision.seq == 2
        assert (second.head.state, second.head.verdict) == (ReviewState.DECIDED, Verdict.APPROVE)

    def test_one_rejection_ends_it_whatever_was_approved_before(self) -> None:
        head, rows = after_one_approval_of_two()
        veto = decision(decision_id="decision-2", reviewer="raj@example.org", vote=Vote.REJECT)
        assert answered(record(head, rows, veto)).head.verdict is Verdict.REJECT

    def test_nothing_else_in_the_head_changes(self) -> None:
        head = open_review()
        after = answered(record(head, [], decision())).head
        kept = ("review_id", "document", "policy", "submitter", "requested_at", "deadline", "reason")
        assert [getattr(after, name) for name in kept] == [getattr(head, name) for name in kept]

    @pytest.mark.parametrize(
        "named",
        [
            {},
            {"document_sha256": SHA256},
            {"etag": ETAG},
            {"etag": f'"{ETAG}"'},
            {"document_sha256": SHA256, "etag": ETAG},
        ],
    )
    def test_naming_the_version_under_review_counts(self, named: dict[str, str]) -> None:
        assert answered(record(open_review(), [], decision(**named))).answer is Answer.RECORDED

    def test_a_document_kept_with_a_quoted_etag_is_the_same_version(self) -> None:
        head = open_review(document=document(etag=f'"{ETAG}"'))
        assert answered(record(head, [], decision(etag=ETAG))).answer is Answer.RECORDED


class TestRepeated:
    def test_a_redelivery_is_answered_as_the_first_time_and_writes_nothing(self) -> None:
        head, rows = after_one_approval_of_two()
        again = answered(record(head, rows, decision()))
        assert (again.answer, again.writes, again.head, again.transition.decision) == (
            Answer.RECORDED,
            False,
            head,
            None,
        )

    def test_the_same_decision_in_another_message_is_a_duplicate(self) -> None:
        head, rows = after_one_approval_of_two()
        again = answered(record(head, rows, decision(message_id="message-2")))
        assert (again.answer, again.writes, again.head) == (Answer.DUPLICATE, False, head)
        assert not Answer.DUPLICATE.refused

    @pytest.mark.parametrize("later", [{}, {"enqueued_at": DEADLINE + SECOND}])
    def test_a_counted_decision_stays_counted_after_the_review_is_decided_or_closed(
        self, later: dict[str, Any]
    ) -> None:
        first = answered(record(open_review(), [], decision()))
        assert first.transition.decision
        closed = close(first.head, DEADLINE, "published/a.pdf").head
        for head in (first.head, closed):
            again = answered(record(head, [first.transition.decision], decision(**later)))
            assert (again.answer, again.writes) == (Answer.RECORDED, False)

    @pytest.mark.parametrize("message", ["message-1", "message-2"])
    def test_an_id_used_again_for_other_content_is_refused(self, message: str) -> None:
        head, rows = after_one_approval_of_two()
        other = decision(digest="d2" * 32, vote=Vote.REJECT, message_id=message)
        assert "id of its own" in refused(record(head, rows, other), head, Answer.ID_REUSED)

    def test_an_id_used_again_is_named_as_that_even_when_the_review_is_over(self) -> None:
        first = answered(record(open_review(), [], decision()))
        assert first.transition.decision
        refused(
            record(first.head, [first.transition.decision], decision(digest="d2" * 32)), first.head, Answer.ID_REUSED
        )


class TestLate:
    @pytest.mark.parametrize("early_by", [timedelta(0), MICROSECOND, SECOND])
    def test_a_decision_enqueued_at_or_before_the_deadline_counts(self, early_by: timedelta) -> None:
        done = answered(record(open_review(), [], decision(enqueued_at=DEADLINE - early_by)))
        assert done.answer is Answer.RECORDED

    @pytest.mark.parametrize("late_by", [MICROSECOND, SECOND])
    def test_a_decision_enqueued_after_the_deadline_is_late_even_while_the_review_is_open(
        self, late_by: timedelta
    ) -> None:
        head = open_review()
        said = refused(record(head, [], decision(enqueued_at=DEADLINE + late_by)), head, Answer.LATE)
        assert DEADLINE.isoformat() in said

    def test_the_deadline_is_a_moment_and_not_a_clock_face(self) -> None:
        """The broker may name its time in any offset."""
        elsewhere = DEADLINE.astimezone(UTC).replace(tzinfo=None)
        an_hour_west = datetime.fromisoformat(f"{elsewhere.isoformat()}-01:00")
        head = open_review()
        refused(record(head, [], decision(enqueued_at=an_hour_west)), head, Answer.LATE)

    @pytest.mark.parametrize(
        ("over", "how"),
        [
            (lambda head: expire(head, DEADLINE), "expire"),
            (supersede, "the document was replaced"),
            (vanish, "the document is gone: it was deleted or renamed"),
            (lambda head: withdraw(head, SUBMITTER, DEADLINE, "too early"), "withdraw"),
            (lambda head: record(head, [], decision(decision_id="other", reviewer="raj@example.org")), "approve"),
        ],
    )
    def test_after_the_review_was_decided_the_answer_says_how(self, over: Any, how: str) -> None:
        head = over(open_review()).head
        assert how in refused(record(head, [], decision()), head, Answer.LATE)

    def test_a_decision_for_a_review_that_was_superseded_before_its_inspection_is_late(self) -> None:
        head = supersede(uninspected_review()).head
        refused(record(head, [], decision()), head, Answer.LATE)

    def test_a_decision_for_content_that_was_rejected_at_once_is_late(self) -> None:
        head = begin(uninspected_review(), document(), decision().enqueued_at, Reason.CONTENT_MISMATCH).head
        refused(record(head, [], decision()), head, Answer.LATE)


class TestNewerPolicy:
    KEPT = policy(reviewers=("ann", "ben"))
    TODAY = policy(reviewers=("ben", "eva"), version="2")

    def test_a_reviewer_only_of_todays_policy_is_told_which_one_the_review_keeps(self) -> None:
        refusal = newer_policy_refusal(open_review(policy=self.KEPT), self.TODAY, "Eva")
        assert refusal
        assert "keeps version 1 of the policy, from before Eva was a reviewer" in refusal.text
        assert "gets version 2" in refusal.text

    @pytest.mark.parametrize("reviewer", ["ann", "ben", "somebody else"])
    def test_nobody_else_is(self, reviewer: str) -> None:
        assert newer_policy_refusal(open_review(policy=self.KEPT), self.TODAY, reviewer) is None
        assert newer_policy_refusal(open_review(policy=self.KEPT), None, reviewer) is None

    def test_whoever_may_not_decide_anyway_is_not(self) -> None:
        head = open_review(policy=self.KEPT, submitter="eva")
        assert newer_policy_refusal(head, self.TODAY, "eva") is None


class TestWrongVersion:
    @pytest.mark.parametrize(
        ("named", "right"),
        [
            ({"document_sha256": "00" * 32}, SHA256),
            ({"etag": "0x8DC000000000000"}, ETAG),
            ({"document_sha256": SHA256, "etag": "0x8DC000000000000"}, ETAG),
            ({"document_sha256": "00" * 32, "etag": ETAG}, SHA256),
        ],
    )
    def test_a_decision_on_other_bytes_never_counts(self, named: dict[str, str], right: str) -> None:
        head = open_review()
        assert right in refused(record(head, [], decision(**named)), head, Answer.WRONG_VERSION)


class TestNotPermitted:
    def test_only_the_reviewers_of_the_policy_decide(self) -> None:
        head = open_review(policy=policy(reviewers=("raj@example.org",)))
        refused(record(head, [], decision()), head, Answer.NOT_PERMITTED)
        assert answered(record(head, [], decision(reviewer="RAJ@example.org"))).answer is Answer.RECORDED

    @pytest.mark.parametrize("vote", [Vote.APPROVE, Vote.REJECT])
    @pytest.mark.parametrize("spelling", [SUBMITTER, SUBMITTER.upper(), f" {SUBMITTER}"])
    def test_the_submitter_does_not_decide_however_the_name_is_spelt(self, vote: Vote, spelling: str) -> None:
        head = open_review()
        own = decision(reviewer=spelling, vote=vote)
        assert "ask another reviewer" in refused(record(head, [], own), head, Answer.NOT_PERMITTED)

    @pytest.mark.parametrize("spelling", [REVIEWER, REVIEWER.upper(), f"{REVIEWER}\u200b"])
    def test_who_changed_the_document_last_does_not_decide(self, spelling: str) -> None:
        head = open_review(modifier=REVIEWER)
        said = refused(record(head, [], decision(reviewer=spelling)), head, Answer.NOT_PERMITTED)
        assert "they have changed" in said

    def test_the_submitter_decides_where_the_policy_allows_it(self) -> None:
        head = open_review(policy=policy(separation_of_duties=False))
        assert answered(record(head, [], decision(reviewer=SUBMITTER))).answer is Answer.RECORDED

    def test_where_no_submitter_is_known_anyone_decides(self) -> None:
        assert answered(record(open_review(submitter=None), [], decision())).answer is Answer.RECORDED

    @pytest.mark.parametrize("spelling", [REVIEWER, REVIEWER.upper(), f"{REVIEWER} "])
    @pytest.mark.parametrize("vote", [Vote.APPROVE, Vote.REJECT])
    def test_one_person_counts_once_whatever_the_second_vote_says(self, spelling: str, vote: Vote) -> None:
        head, rows = after_one_approval_of_two()
        second = decision(decision_id="decision-2", reviewer=spelling, vote=vote, digest="d2" * 32)
        assert "once" in refused(record(head, rows, second), head, Answer.NOT_PERMITTED)

    def test_a_review_holds_so_many_decisions_and_no_more(self) -> None:
        head = open_review(policy=policy(approvals_needed=2), last_seq=MOST_DECISIONS)
        assert "holds no more" in refused(record(head, [], decision()), head, Answer.NOT_PERMITTED)
        last = replace(head, last_seq=MOST_DECISIONS - 1)
        assert answered(record(last, [], decision())).answer is Answer.RECORDED

    @pytest.mark.parametrize("comment", [None, "", " \n\t"])
    def test_a_rejection_says_why_where_the_policy_asks_for_it(self, comment: str | None) -> None:
        head = open_review(policy=policy(comment_required_on_reject=True))
        rejection = decision(vote=Vote.REJECT, comment=comment)
        assert "comment" in refused(record(head, [], rejection), head, Answer.NOT_PERMITTED)

    def test_a_rejection_with_a_comment_and_an_approval_without_one_count(self) -> None:
        head = open_review(policy=policy(comment_required_on_reject=True))
        explained = decision(vote=Vote.REJECT, comment="page 3 names a customer")
        assert answered(record(head, [], explained)).answer is Answer.RECORDED
        assert answered(record(head, [], decision())).answer is Answer.RECORDED


class TestUnknown:
    def test_a_review_that_does_not_exist_yet_has_no_answer_yet(self) -> None:
        assert record(None, [], decision()) is None

    def test_a_review_whose_document_was_not_inspected_yet_has_no_answer_yet(self) -> None:
        assert record(uninspected_review(), [], decision()) is None


def test_of_two_final_decisions_the_first_in_the_ledger_decides_and_the_other_is_late() -> None:
    approval = decision()
    rejection = decision(decision_id="decision-2", reviewer="raj@example.org", vote=Vote.REJECT)
    for first, second in ((approval, rejection), (rejection, approval)):
        decided = answered(record(open_review(), [], first))
        assert decided.transition.decision
        assert decided.head.verdict == first.vote
        refused(record(decided.head, [decided.transition.decision], second), decided.head, Answer.LATE)


def test_rows_that_were_counted_are_not_counted_again_by_the_next_one() -> None:
    head = open_review(policy=policy(approvals_needed=4), last_seq=2)
    done = answered(record(head, recorded(Vote.APPROVE, Vote.APPROVE), decision()))
    assert done.head.state is ReviewState.OPEN
    assert done.head.last_seq == 3


class TestStages:
    STAGES = (Stage("legal", (Part(("ann", "ben")),)), Stage("finance", (Part(("eve", "ann")),)))

    def after_legal(self) -> tuple[Head, list[RecordedDecision]]:
        """Return a review that Ben has approved for legal."""
        done = answered(record(open_review(policy=policy(stages=self.STAGES)), [], decision(reviewer="ben")))
        assert done.transition.decision
        return done.head, [done.transition.decision]

    def test_the_end_of_a_stage_leaves_the_review_open_in_the_next_one(self) -> None:
        head, _ = self.after_legal()
        assert (head.state, head.verdict, head.stage, head.stages_over) == (ReviewState.OPEN, None, 1, 1)

    def test_a_decision_for_a_stage_that_is_not_open_yet_says_so(self) -> None:
        head = open_review(policy=policy(stages=self.STAGES))
        said = refused(record(head, [], decision(reviewer="EVE")), head, Answer.STAGE_NOT_OPEN)
        assert "finance" in said
        assert "send it again when you are asked" in said

    def test_a_decision_for_a_stage_that_is_over_says_so(self) -> None:
        head = open_review(
            policy=policy(stages=(Stage("legal", (Part(("ann", "ben")),)), Stage("last", (Part(("eve",)),))))
        )
        first = answered(record(head, [], decision(reviewer="ben")))
        assert first.transition.decision
        late = decision(reviewer="ann", decision_id="decision-2")

        assert "legal" in refused(
            record(first.head, [first.transition.decision], late), first.head, Answer.NOT_PERMITTED
        )

    @pytest.mark.parametrize("may_change_mind", [False, True])
    def test_who_has_decided_in_one_stage_does_not_decide_in_the_next(self, may_change_mind: bool) -> None:
        stages = (Stage("any", (Part(("ann", "ben")),)), Stage("again", (Part(("ann", "eve")),)))
        head = open_review(policy=policy(stages=stages, may_change_mind=may_change_mind))
        first = answered(record(head, [], decision(reviewer="ann")))
        assert first.transition.decision
        again = decision(reviewer="Ann", decision_id="decision-2")

        assert "once" in refused(
            record(first.head, [first.transition.decision], again), first.head, Answer.NOT_PERMITTED
        )

    def test_the_last_stage_decides(self) -> None:
        head, rows = self.after_legal()
        last = answered(record(head, rows, decision(reviewer="eve", decision_id="decision-2")))
        assert (last.head.verdict, last.head.stage, last.head.stages_over) == (Verdict.APPROVE, 1, 2)


def test_until_the_extended_deadline_a_decision_counts_even_before_the_escalation_was_made() -> None:
    """The app may have been down over the escalation and the first deadline; the decisions of that time count."""
    rules = policy(escalation=Escalation(timedelta(hours=48), ("boss",), timedelta(hours=24)))
    head = begin(uninspected_review(policy=rules), document(), REQUESTED_AT, None).head
    assert (head.deadline, head.escalated) == (DEADLINE, False)
    in_time = decision(enqueued_at=DEADLINE + timedelta(hours=24))
    assert answered(record(head, [], in_time)).answer is Answer.RECORDED
    refused(record(head, [], decision(enqueued_at=in_time.enqueued_at + MICROSECOND)), head, Answer.LATE)


def test_a_mind_changed_is_another_row_and_the_last_counts() -> None:
    head = open_review(policy=policy(approvals_needed=2, may_change_mind=True, reject_veto=False))
    first = answered(record(head, [], decision(vote=Vote.REJECT)))
    assert first.transition.decision
    second = answered(
        record(first.head, [first.transition.decision], decision(decision_id="decision-2", reviewer=REVIEWER.upper()))
    )

    assert second.transition.decision
    assert (second.answer, second.transition.decision.seq, second.head.state) == (Answer.RECORDED, 2, ReviewState.OPEN)


def test_nobody_fills_a_review_alone_by_changing_their_mind() -> None:
    head = open_review(policy=policy(approvals_needed=3, may_change_mind=True, reject_veto=False))
    rows: list[RecordedDecision] = []
    for number in range(MOST_OF_ONE_PERSON):
        vote = Vote.REJECT if number % 2 else Vote.APPROVE
        for reviewer in (REVIEWER, f"another-{number // 2}"):
            said = decision(decision_id=f"{reviewer}-{number}", reviewer=reviewer, vote=vote)
            done = answered(record(head, rows, said))
            assert done.transition.decision
            head, rows = done.head, [*rows, done.transition.decision]

    once_more = decision(decision_id="once-more", reviewer=REVIEWER.upper())
    assert "20 times" in refused(record(head, rows, once_more), head, Answer.NOT_PERMITTED)
    others = decision(decision_id="others", reviewer="somebody-else")
    assert answered(record(head, rows, others)).answer is Answer.RECORDED
