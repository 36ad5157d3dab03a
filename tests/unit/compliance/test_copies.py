"""What becomes of a document that was moved: copies that contradict the ledger, versions, second moves, repairs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from compliance.copies import Ending, be_replaced, ending_of, is_contradicted, move_again, repair, replace_earlier
from compliance.history import AuditEvent
from compliance.outcome import Outcome, Reason, ReviewState, Verdict, outcome_of
from compliance.review import Head
from tests.builders import DEADLINE, REQUESTED_AT, document, open_review

OLGA = "olga@example.org"
WHY = "the ledger was restored to an earlier moment"
AT = DEADLINE + timedelta(days=1)
PUBLISHED, ARCHIVED = "published/reports/annual report.pdf", "archived/1/reports/annual report.pdf"
MOVED = (Verdict.APPROVE, Verdict.REJECT, Verdict.EXPIRE, Verdict.WITHDRAW)


def decided(verdict: Verdict) -> Head:
    return open_review(state=ReviewState.DECIDED, verdict=verdict)


def closed(verdict: Verdict = Verdict.APPROVE, **changes: Any) -> Head:
    ended: dict[str, Any] = {
        "state": ReviewState.CLOSED,
        "verdict": verdict,
        "outcome": outcome_of(verdict),
        "location": PUBLISHED if verdict is Verdict.APPROVE else ARCHIVED,
        "copy_etag": "first",
        "closed_at": DEADLINE,
    }
    return replace(open_review(), **{**ended, **changes})


class TestContradictions:
    @pytest.mark.parametrize("head", [open_review(), *map(decided, Verdict), *map(closed, Verdict)])
    def test_without_copies_nothing_is_contradicted(self, head: Head) -> None:
        assert not is_contradicted(head, [])

    @pytest.mark.parametrize("verdict", [*Verdict, None])
    def test_any_copy_contradicts_an_open_review(self, verdict: Verdict | None) -> None:
        assert is_contradicted(open_review(), [verdict])

    @pytest.mark.parametrize("ended", [decided, closed])
    @pytest.mark.parametrize("verdict", MOVED)
    def test_copies_of_the_verdict_that_the_ledger_has_do_not(self, ended: Any, verdict: Verdict) -> None:
        assert not is_contradicted(ended(verdict), [verdict, verdict])

    @pytest.mark.parametrize("ended", [decided, closed])
    @pytest.mark.parametrize("verdict", MOVED)
    def test_one_copy_of_another_verdict_does(self, ended: Any, verdict: Verdict) -> None:
        for other in {*MOVED, None} - {verdict}:
            assert is_contradicted(ended(verdict), [verdict, other])

    def test_a_copy_contradicts_a_closed_review_whose_move_is_said_to_have_been_prevented(self) -> None:
        gone = closed(outcome=Outcome.GONE, location=None, copy_etag=None)
        assert is_contradicted(gone, [Verdict.APPROVE])
        assert not is_contradicted(gone, [Verdict.GONE])


class TestVersions:
    def test_the_later_one_notes_which_review_it_replaces_once(self) -> None:
        done = replace_earlier(decided(Verdict.APPROVE), "earlier")

        assert done.head == replace(decided(Verdict.APPROVE), replaces="earlier", last_audit=done.head.last_audit)
        record = done.record
        assert (record.event, record.at, record.who) == (AuditEvent.EARLIER_VERSION_REPLACED, None, None)
        assert (record.seq, record.detail) == (open_review().last_audit + 1, "earlier")
        assert not replace_earlier(done.head, "earlier").writes

    def test_if_another_one_lies_there_by_then_it_notes_that_too(self) -> None:
        done = replace_earlier(decided(Verdict.APPROVE), "earlier")
        again = replace_earlier(done.head, "another")
        assert (again.head.replaces, again.record.seq) == ("another", done.record.seq + 1)

    @pytest.mark.parametrize("kept_etag", ["kept", None])
    def test_the_earlier_one_keeps_its_outcome_and_place_and_names_the_copy_in_the_archive(
        self, kept_etag: str | None
    ) -> None:
        done = be_replaced(closed(), "later", kept_etag)

        changed = {"replaced_by": "later", "copy_etag": kept_etag, "last_audit": done.head.last_audit}
        assert done.head == replace(closed(), **changed)
        record = done.record
        assert (record.event, record.at, record.detail) == (AuditEvent.VERSION_REPLACED, None, "later")

    def test_it_is_replaced_once(self) -> None:
        replaced = be_replaced(closed(), "later", "kept").head
        again = be_replaced(replaced, "much later", "other")
        assert (again.writes, again.head) == (False, replaced)

    @pytest.mark.parametrize("head", [open_review(), decided(Verdict.APPROVE), closed(Verdict.REJECT)])
    def test_what_was_not_published_is_not_replaced(self, head: Head) -> None:
        done = be_replaced(head, "later", "kept")
        assert (done.writes, done.head) == (False, head)


class TestMovingAgain:
    @pytest.mark.parametrize("verdict", MOVED)
    def test_the_new_copy_is_noted_and_nothing_else(self, verdict: Verdict) -> None:
        done = move_again(closed(verdict), "second")

        assert done.head == replace(closed(verdict), copy_etag="second", last_audit=done.head.last_audit)
        assert (done.record.event, done.record.at) == (AuditEvent.DOCUMENT_MOVED_AGAIN, None)
        assert not move_again(done.head, "second").writes

    def test_the_copy_that_the_ledger_has_is_no_news(self) -> None:
        done = move_again(closed(), "first")
        assert (done.writes, done.head) == (False, closed())

    @pytest.mark.parametrize("head", [open_review(), decided(Verdict.APPROVE)])
    def test_a_review_that_is_not_closed_has_not_been_moved_yet(self, head: Head) -> None:
        done = move_again(head, "second")
        assert (done.writes, done.head) == (False, head)


class TestRepairing:
    ending = Ending(document(length=7, sha256="77" * 32), Verdict.REJECT, Outcome.REJECTED, None, ARCHIVED, "found")

    def test_an_open_review_ends_as_the_person_has_found_whatever_was_decided(self) -> None:
        done = repair(open_review(), self.ending, AT, OLGA, WHY)

        assert (done.head.state, done.head.closed_at) == (ReviewState.CLOSED, AT)
        assert ending_of(done.head) == self.ending
        record = done.record
        assert (record.event, record.at, record.who, record.detail) == (AuditEvent.REVIEW_REPAIRED, AT, OLGA, WHY)
        assert record.seq == done.head.last_audit == open_review().last_audit + 1

    def test_it_changes_nothing_but_how_the_review_has_ended(self) -> None:
        ended = closed(replaces="earlier", findings=())
        done = repair(ended, replace(ending_of(ended), copy_lost=True), AT, OLGA, WHY)
        assert done.head == replace(ended, copy_lost=True, last_audit=done.head.last_audit, last_at=done.head.last_at)

    def test_a_closed_review_stays_closed_since_the_same_moment(self) -> None:
        done = repair(closed(), self.ending, AT, OLGA, WHY)
        assert (done.head.closed_at, done.head.outcome, done.record.at) == (DEADLINE, Outcome.REJECTED, AT)

    def test_what_the_ledger_says_needs_no_repair(self) -> None:
        repaired = repair(open_review(), self.ending, AT, OLGA, WHY).head
        again = repair(repaired, self.ending, AT + timedelta(days=1), "eve@example.org", "again")
        assert (again.writes, again.head) == (False, repaired)

    def test_a_decided_review_is_closed_even_if_all_else_is_as_found(self) -> None:
        head = decided(Verdict.REJECT)
        done = repair(head, ending_of(head), AT, OLGA, WHY)
        assert (done.head.state, done.head.closed_at, done.head.outcome) == (ReviewState.CLOSED, AT, None)

    def test_its_record_is_not_before_those_that_the_review_has(self) -> None:
        done = repair(closed(last_at=AT), self.ending, REQUESTED_AT, OLGA, WHY)
        assert done.record.at == AT

    def test_an_ending_is_all_that_the_ledger_says_of_it(self) -> None:
        head = closed(Verdict.REJECT, reason=Reason.CHANGES_REQUESTED, replaced_by="later", copy_lost=True)
        expected = Ending(
            document(),
            Verdict.REJECT,
            Outcome.REJECTED,
            Reason.CHANGES_REQUESTED,
            ARCHIVED,
            "first",
            replaced_by="later",
            copy_lost=True,
        )
        assert ending_of(head) == expected
