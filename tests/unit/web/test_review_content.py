"""What the page of a review says: how it stands, who decides, what has happened, what an approval would do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.ledger.store import StoredReview
from compliance.content import ContentFinding, Finding
from compliance.history import AuditEvent, AuditRecord
from compliance.outcome import Outcome, Reason, ReviewState, Verdict, Vote
from compliance.policy import Part, Stage
from compliance.review import Head, RecordedDecision
from contracts.messages.outbound import NameTakenFacts, PublishedFacts
from tests.builders import DEADLINE, REQUESTED_AT, decision, open_review, policy, recorded, uninspected_review
from web.pages.review_content import Known, review_shown
from web.pages.view_models import Effect, Mood, ReviewShown

LATER = REQUESTED_AT + timedelta(hours=36)
TWO_STAGES = policy(
    stages=(
        Stage("legal", (Part(("eva", "leo"), 1, "lawyers"),)),
        Stage("board", (Part(("ann", "ben", "zoe"), 2),)),
    )
)


def shown(head: Head, *decisions: RecordedDecision, now: datetime = LATER, **known: object) -> ReviewShown:
    """Return what the page says of a review."""
    return review_shown(StoredReview(head, list(decisions), ""), replace(Known(), **known), now)


def vote(seq: int, reviewer: str, of: Vote = Vote.APPROVE, **said: object) -> RecordedDecision:
    """Return a decision that counts."""
    return RecordedDecision(seq, decision(decision_id=f"d-{seq}", reviewer=reviewer, vote=of, **said))


def ended(outcome: Outcome, verdict: Verdict, **changes: object) -> Head:
    """Return a review that has ended."""
    known = {"state": ReviewState.CLOSED, "outcome": outcome, "verdict": verdict, "closed_at": LATER}
    return open_review(**(known | changes))


def test_a_review_waits_for_whoever_may_still_decide() -> None:
    page = shown(open_review(policy=policy(2, ("ann", "ben", "eva"))), vote(1, "ann"))
    assert (page.state, page.sentence, page.due) == ("1 of 2 approvals", "Waits for ben or eva.", DEADLINE)


def test_the_reader_is_called_you() -> None:
    head = open_review(policy=policy(None, ("ann", "ben")))
    assert review_shown(StoredReview(head, [], ""), Known(), LATER, lambda name: name == "ben").sentence == (
        "Waits for you and ann."
    )


@pytest.mark.parametrize(
    ("parts", "needs"),
    [
        ([Part((), 1)], "Needs 1 approval from any reviewer"),
        ([Part(("ann", "ben"), 2)], "Needs 2 approvals"),
        ([Part(("ann", "ben"), None)], "Needs every approval"),
        (
            [Part(("a",), 1, "law"), Part(("b",), None, "tax")],
            "Needs 1 approval from law and every approval from tax",
        ),
    ],
)
def test_a_stage_says_what_it_needs(parts: list[Part], needs: str) -> None:
    head = open_review(policy=policy(stages=(Stage("review", tuple(parts)),)))
    assert [stage.needs for stage in shown(head).stages] == [needs]


def test_all_who_are_needed_are_named_with_and() -> None:
    assert shown(open_review(policy=policy(None, ("ann", "ben")))).sentence == "Waits for ann and ben."


def test_a_review_open_to_anyone_says_so() -> None:
    assert shown(open_review()).sentence == "Waits for any reviewer."


def test_a_review_is_overdue_from_its_deadline_on() -> None:
    before, at = (shown(open_review(), now=DEADLINE - timedelta(seconds=rest)).is_overdue for rest in (1, 0))
    assert (before, at) == (False, True)


def test_a_document_that_is_not_inspected_has_no_deadline_yet() -> None:
    page = shown(uninspected_review())
    assert (page.state, page.due, page.effect, page.strip) == ("Being inspected", None, None, None)


@pytest.mark.parametrize(
    ("head", "votes", "mood", "word", "sentence"),
    [
        (
            ended(Outcome.APPROVED, Verdict.APPROVE, location="published/a.pdf"),
            recorded(Vote.APPROVE),
            Mood.GOOD,
            "Approved",
            "Approved by reviewer-1@example.org and published as published/a.pdf.",
        ),
        (
            open_review(state=ReviewState.DECIDED, verdict=Verdict.APPROVE),
            recorded(Vote.APPROVE),
            Mood.GOOD,
            "Approved",
            "Approved by reviewer-1@example.org. The document is being published.",
        ),
        (
            ended(Outcome.REJECTED, Verdict.REJECT),
            recorded(Vote.REJECT),
            Mood.BAD,
            "Rejected",
            "Rejected by reviewer-1@example.org.",
        ),
        (
            ended(Outcome.REJECTED, Verdict.REJECT, reason=Reason.CHANGES_REQUESTED),
            recorded(Vote.REQUEST_CHANGES),
            Mood.WARN,
            "Changes requested",
            "reviewer-1@example.org requested changes. A new version can be submitted.",
        ),
        (
            ended(Outcome.REJECTED, Verdict.REJECT, reason=Reason.TOO_LARGE),
            [],
            Mood.BAD,
            "Refused",
            "Refused before anybody was asked: it is too large.",
        ),
        (
            ended(Outcome.EXPIRED, Verdict.EXPIRE),
            [],
            Mood.BAD,
            "Expired",
            "The deadline passed with 0 of 1 approval.",
        ),
        (
            ended(Outcome.FAILED, Verdict.APPROVE, reason=Reason.TARGET_TAKEN),
            recorded(Vote.APPROVE),
            Mood.BAD,
            "Failed",
            "It was decided, but another document has its place.",
        ),
    ],
)
def test_an_end_says_by_whom_and_why(
    head: Head, votes: list[RecordedDecision], mood: Mood, word: str, sentence: str
) -> None:
    page = shown(head, *votes)
    assert (page.mood, page.state, page.sentence, page.due) == (mood, word, sentence, None)


def test_each_decision_stands_in_the_stage_in_which_it_was_recorded() -> None:
    head = open_review(policy=TWO_STAGES, stage=1, requested_stage=1)
    stages = shown(head, vote(1, "leo"), vote(2, "zoe", on_behalf_of="ben", comment="Fine.")).stages
    assert [(stage.name, stage.state) for stage in stages] == [("legal", "done"), ("board", "open now")]
    assert [(person.name, person.says) for person in stages[0].people] == [("leo", "approved")]
    assert [(person.name, person.place_of, person.says, person.comment) for person in stages[1].people] == [
        ("zoe", "ben", "approved", "Fine."),
        ("ann", None, "has not decided yet", None),
    ]


def test_a_stage_to_come_names_whom_it_will_ask() -> None:
    stages = shown(open_review(policy=TWO_STAGES)).stages
    assert [(person.name, person.says) for person in stages[1].people] == [
        ("ann", "is asked later"),
        ("ben", "is asked later"),
        ("zoe", "is asked later"),
    ]


def test_of_a_changed_mind_the_last_word_is_shown() -> None:
    head = open_review(policy=policy(2, ("ann", "ben"), may_change_mind=True, reject_veto=False))
    people = shown(head, vote(1, "ann", Vote.REJECT), vote(2, "ann")).stages[0].people
    assert [(person.name, person.says) for person in people] == [("ann", "approved"), ("ben", "has not decided yet")]


def test_once_it_has_ended_nobody_is_asked_any_more() -> None:
    head = ended(Outcome.EXPIRED, Verdict.EXPIRE, policy=policy(2, ("ann", "ben")))
    assert [person.says for person in shown(head, vote(1, "ann")).stages[0].people] == ["approved", "did not decide"]


@pytest.mark.parametrize(("needed", "votes", "is_last"), [(1, 0, True), (2, 0, False), (2, 1, True)])
def test_an_approval_publishes_if_it_is_the_last_one(needed: int, votes: int, is_last: bool) -> None:
    page = shown(open_review(policy=policy(needed)), *recorded(*[Vote.APPROVE] * votes))
    assert page.effect == Effect("published/reports/annual report.pdf", is_last=is_last)


def test_an_approval_in_a_stage_before_the_last_publishes_nothing() -> None:
    effect = shown(open_review(policy=TWO_STAGES)).effect
    assert effect and not effect.is_last


def test_an_approval_says_what_it_replaces() -> None:
    replaced = PublishedFacts(review_id="9" * 64, location="published/a.pdf", since=REQUESTED_AT)
    assert shown(open_review(), replaces=replaced).effect == Effect("published/a.pdf", REQUESTED_AT, "9" * 64)


def test_an_approval_says_that_it_would_fail() -> None:
    taken = NameTakenFacts(location="published/a.pdf", since=REQUESTED_AT)
    assert shown(open_review(), taken=taken).effect == Effect("published/a.pdf", taken=True)


def test_findings_are_told_in_words() -> None:
    head = open_review(findings=(Finding(ContentFinding.EXTERNAL_CONTENT, "2 pictures from elsewhere"),))
    assert shown(head).findings == [("Content from elsewhere", "2 pictures from elsewhere.")]


def test_no_word_of_the_ledger_is_in_the_rules() -> None:
    assert not [text for _, text in shown(open_review()).rules if "_" in text]


def history(*events: tuple[AuditEvent, float, dict[str, object]]) -> list[tuple[AuditRecord, datetime]]:
    """Return records, each so many hours after the submission."""
    return [
        (AuditRecord(seq, event, **said), REQUESTED_AT + timedelta(hours=hours))  # type: ignore[arg-type]
        for seq, (event, hours, said) in enumerate(events, start=1)
    ]


TOLD = history(
    (AuditEvent.REVIEW_OPENED, 0, {"who": "sam"}),
    (AuditEvent.REVIEWERS_REMINDED, 18, {"detail": "reminder 1"}),
    (AuditEvent.DECISION_RECORDED, 36, {"who": "ann", "facts": {"decision": {"seq": 1}}}),
)


def test_what_has_happened_is_told_and_each_comment_once() -> None:
    head = open_review(policy=policy(2, ("ann", "ben"), may_change_mind=True, reject_veto=False))
    first, second = vote(1, "ann", Vote.REJECT, comment="No."), vote(2, "ann", comment="Yes, after all.")
    changed = history((AuditEvent.DECISION_RECORDED, 37, {"who": "ann", "facts": {"decision": {"seq": 2}}}))
    page = shown(head, first, second, history=[*TOLD, *changed])
    assert [(event.text, event.comment) for event in page.events] == [
        ("Submitted by sam", None),
        ("Reviewers were reminded", None),
        ("ann rejected", "No."),
        ("ann approved", None),
    ]
    assert [person.comment for person in page.stages[0].people] == ["Yes, after all.", None]


def test_the_strip_goes_from_the_submission_to_the_deadline() -> None:
    strip = shown(open_review(), vote(1, "ann"), history=TOLD).strip
    assert strip
    assert [(mark.at, mark.sign) for mark in strip.marks] == [
        (0.0, "event"),
        (25.0, "event"),
        (50.0, "approved"),
        (100.0, "due"),
    ]
    assert (strip.now, strip.ends_with) == (50.0, "due")


def test_the_strip_of_an_overdue_review_goes_on_to_now() -> None:
    strip = shown(open_review(), now=DEADLINE + timedelta(hours=24), history=TOLD).strip
    assert strip and (strip.now, strip.ends_with, strip.marks[-1].at) == (100.0, "now", 75.0)


@pytest.mark.parametrize("event", list(AuditEvent))
def test_every_event_has_a_sentence(event: AuditEvent) -> None:
    (told,) = shown(open_review(), history=history((event, 0, {}))).events
    assert told.text[0].isupper() and "_" not in told.text
