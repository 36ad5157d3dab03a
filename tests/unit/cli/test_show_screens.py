"""What `compliance show` prints for people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from cli.local_time import LocalTime
from cli.reviews.review_text import review_in_full
from cli.reviews.sentence import sentence
from cli.reviews.view import RefusedAttempt, ReviewView
from compliance.content import ContentFinding, Finding
from compliance.outcome import Outcome, Reason, ReviewState, Vote
from compliance.policy import Part, Stage
from compliance.transitions import begin, close, supersede, vanish, withdraw
from tests.builders import DEADLINE, REQUESTED_AT, SUBMITTER, decision, document, policy, uninspected_review
from tests.journeys import Journey, approved, hour, opened
from tests.unit.cli.screens import TIME, check_screens

TWO_OF_THREE = {"stages": (Stage("review", (Part(("ann@example.org", "ben@example.org", "eva@example.org"), 2),)),)}


def view_of(journey: Journey, **more: Any) -> ReviewView:
    assert journey.head
    stored_at = [datetime.fromisoformat(str(record.stored_at)) for record in journey.records]
    return ReviewView(journey.head, journey.decisions, list(zip(journey.written, stored_at, strict=True)), **more)


def said(name: str, vote: Vote = Vote.APPROVE, comment: str | None = None, at: float = 1) -> Any:
    return decision(
        decision_id=name, digest=name, message_id=name, reviewer=name, vote=vote, comment=comment, enqueued_at=hour(at)
    )


def one_of_two() -> ReviewView:
    journey = opened(reminders=(timedelta(hours=48),), **TWO_OF_THREE)
    journey.decide(said("ann@example.org", comment="the figures are right"))
    late = RefusedAttempt(
        id="c0" * 32,
        at=hour(2),
        sender="sam@example.org",
        refused_because="not_permitted",
        explanation="nobody decides on a document of their own; ask another reviewer",
    )
    return view_of(journey, refused=[late], whereabouts="pending/reports/annual report.pdf", earlier=[])


def rejected() -> ReviewView:
    journey = opened(**TWO_OF_THREE)
    journey.decide(said("ben@example.org", Vote.REJECT, "page 7 still names the old board"))
    journey.then(lambda head: close(head, hour(2), f"archived/{head.review_id}/reports/annual report.pdf"))
    assert journey.head
    return view_of(journey, whereabouts=journey.head.location)


@pytest.mark.parametrize("draw", [one_of_two, rejected])
def test_screens_of_a_review(draw: Any) -> None:
    check_screens(f"show-{draw.__name__}", partial(review_in_full, draw(), TIME))


def test_every_hash_can_be_copied_from_80_columns() -> None:
    lines = [line.plain for line in review_in_full(one_of_two(), TIME, 80)]
    head = one_of_two().head
    for whole in (head.review_id, str(head.document.sha256), head.policy.sha256):
        assert any(line.endswith(f" {whole}") for line in lines)


def ended(outcome: Outcome, reason: str | None = None, **more: Any) -> ReviewView:
    head = uninspected_review(state=ReviewState.CLOSED, outcome=outcome, reason=reason, closed_at=hour(3))
    return ReviewView(head, **more)


def open_by(*names: str, approvals: int | None = 1, given: tuple[str, ...] = (), now: datetime = TIME.now) -> str:
    journey = opened(stages=(Stage("review", (Part(names, approvals),)),))
    for name in given:
        journey.decide(said(name))
    return sentence(view_of(journey), LocalTime(now, TIME.zone))


def test_an_open_review_says_for_whom_it_waits_how_many_are_missing_and_until_when() -> None:
    assert sentence(ReviewView(uninspected_review()), TIME).startswith("Waits for the inspection")
    assert open_by() == "Waits for any reviewer, 0 of 1, due 5 Mar 10:30."
    assert open_by("ann", "ben", "eva", approvals=2, given=("ann",)) == "Waits for ben or eva, 1 of 2, due 5 Mar 10:30."
    assert open_by("ann", "ben", approvals=None) == "Waits for ann and ben, 0 of 2, due 5 Mar 10:30."
    assert open_by("ann", now=DEADLINE - timedelta(hours=20)) == "Waits for ann, 0 of 1, due tomorrow 10:30."
    assert open_by("ann", now=DEADLINE + timedelta(hours=2)) == "Waits for ann, 0 of 1, overdue since today 10:30."
    escalated = replace(view_of(opened()).head, escalated=True, deadline=DEADLINE + timedelta(hours=24))
    assert sentence(ReviewView(escalated), LocalTime(DEADLINE + timedelta(hours=2), TIME.zone)) == (
        "Waits for any reviewer, 0 of 1, overdue since today 10:30; if nobody decides, it ends tomorrow 10:30."
    )
    many = open_by(*(f"r{number}" for number in range(9)))
    assert many == "Waits for r0, r1, r2, r3 or 5 others, 0 of 1, due 5 Mar 10:30."


def test_the_stage_is_named_if_there_are_several() -> None:
    journey = opened(stages=(Stage("legal", (Part(("ann",)),)), Stage("board", (Part(("eva",)),))))
    journey.decide(said("ann"))
    assert sentence(view_of(journey), TIME) == "Waits for eva in the stage board, 0 of 1, due 5 Mar 10:30."


def test_an_approved_review_says_by_whom_where_and_when() -> None:
    journey = approved()
    assert sentence(view_of(journey), TIME) == (
        "Approved by rita-1 and rita-2 and published as published/reports/annual report.pdf on 2 Mar 2026 13:30."
    )
    moving = ReviewView(journey.heads[-2], journey.decisions)
    assert sentence(moving, TIME) == "Approved by rita-1 and rita-2; the document is being published."


def test_a_rejected_review_says_by_whom_and_why() -> None:
    assert sentence(rejected(), TIME) == (
        'Rejected by ben@example.org on 2 Mar 2026 12:30: "page 7 still names the old board".'
    )
    journey = opened()
    journey.decide(said("rita", Vote.REQUEST_CHANGES, "Page 7 is old."))
    assert sentence(view_of(journey), TIME) == 'Changes requested by rita: "Page 7 is old."'
    journey = opened()
    journey.decide(said("rita", Vote.REQUEST_CHANGES, "name him " * 40))
    assert sentence(view_of(journey), TIME).startswith('Changes requested by rita: "name him name him')
    assert sentence(view_of(journey), TIME).endswith(' ...".')


def test_a_refused_document_says_what_was_found() -> None:
    found = (Finding(ContentFinding.TYPE_MISMATCH, "its content is not what its name says"),)
    refused = begin(uninspected_review(), document(), REQUESTED_AT, None, findings=found).head
    expected = "Refused before anybody was asked: its content is not what its name says."
    assert sentence(ReviewView(refused), TIME) == expected
    too_large = begin(uninspected_review(), document(), REQUESTED_AT, Reason.TOO_LARGE).head
    assert sentence(ReviewView(too_large), TIME) == "Refused before anybody was asked: it is too large."
    only = policy(stages=(Stage("review", (Part((SUBMITTER,)),)),))
    alone = begin(uninspected_review(policy=only), document(), REQUESTED_AT, None).head
    assert sentence(ReviewView(alone), TIME).endswith(": too few reviewers are left to approve it.")


def test_every_other_end_says_what_happened_and_names_the_newest_review_of_the_name() -> None:
    newer = uninspected_review(review_id="ab" * 32)
    on = "on 2 Mar 2026 13:30"
    assert sentence(ended(Outcome.EXPIRED), TIME) == f"Expired {on}: 0 of 1 approvals had come by the deadline."
    assert sentence(ended(Outcome.SUPERSEDED, newer=newer), TIME) == (
        f"Superseded by a newer version {on}; the newest review of that name is abababababab (open)."
    )
    assert sentence(ended(Outcome.GONE), TIME).endswith("its document was deleted or renamed while it waited.")
    failed = ended(Outcome.FAILED, Reason.TARGET_TAKEN)
    assert sentence(failed, TIME) == f"Failed {on}: another document has its place."
    assert sentence(ended(Outcome.FAILED, "new_reason"), TIME) == f"Failed {on}: new_reason."


def test_a_withdrawal_says_by_whom_and_why() -> None:
    journey = opened()
    journey.then(lambda head: withdraw(head, SUBMITTER, hour(1), "a wrong figure"))
    assert sentence(view_of(journey), TIME) == 'Withdrawn by sam@example.org: "a wrong figure".'
    assert sentence(ended(Outcome.WITHDRAWN), TIME) == "Withdrawn by its submitter on 2 Mar 2026 13:30."


def test_who_was_asked_and_what_could_not_count_is_in_the_timeline() -> None:
    lines = "\n".join(line.plain for line in review_in_full(one_of_two(), TIME, 200))
    assert "reviewers asked: ann@example.org, ben@example.org and eva@example.org" in lines
    assert 'ann@example.org approved: "the figures are right"' in lines
    assert "not counted, from sam@example.org: not permitted: nobody decides" in lines
    refused = begin(uninspected_review(), document(), REQUESTED_AT, Reason.TOO_LARGE)
    assert refused.audit
    nobody = ReviewView(refused.head, records=[(replace(refused.audit, facts={"verdict": "reject"}), REQUESTED_AT)])
    assert "asked" not in "\n".join(line.plain for line in list(review_in_full(nobody, TIME, 200))[2:])


@pytest.mark.parametrize(("end", "words"), [(supersede, "a newer version was submitted"), (vanish, "document gone")])
def test_ends_by_nobodys_decision_are_told(end: Any, words: str) -> None:
    journey = opened()
    journey.then(end)
    assert any(words in line.plain for line in review_in_full(view_of(journey), TIME, 80))
