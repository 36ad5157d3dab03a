"""How a review stands, in one sentence."""

from __future__ import annotations

from typing import Final

from cli.local_time import LocalTime
from cli.lookup import short_id
from cli.reviews.view import ReviewView
from compliance.history import AuditEvent
from compliance.outcome import Outcome, Reason, ReviewState, Vote, outcome_of
from compliance.review import Decision, Head
from compliance.turnaround import overdue_since
from reviews.wording.words import REASONS, people

_MOST_OF_A_COMMENT: Final = 160  # characters; the timeline has all of it
_SHORTENED: Final = " ..."
_QUOTED_SENTENCES: Final = ('.".', '!".', '?".')  # which need no full stop of ours


def sentence(view: ReviewView, time: LocalTime) -> str:
    """Return how a review stands: for whom it waits and until when, or how it ended and why."""
    text = _sentence(view, time)
    stops_twice = text.endswith(_QUOTED_SENTENCES) and not text.endswith(f'{_SHORTENED}".')
    return text[:-1] if stops_twice else text


def _sentence(view: ReviewView, time: LocalTime) -> str:
    head = view.head
    if head.state is ReviewState.OPEN:
        return _open(view, time)
    outcome = head.outcome or (outcome_of(head.verdict) if head.verdict else None)
    match outcome:
        case Outcome.APPROVED:
            return _approved(view, time)
        case Outcome.REJECTED:
            return f"{_rejected(view, _on(head, time))}."
        case Outcome.EXPIRED:
            given, needed = view.approvals
            return f"Expired{_on(head, time)}: {given} of {needed} approvals had come by the deadline."
        case Outcome.WITHDRAWN:
            return f"Withdrawn{_withdrawal(view, _on(head, time))}."
        case Outcome.SUPERSEDED:
            return f"Superseded by a newer version{_on(head, time)}{_newer(view)}."
        case Outcome.GONE:
            text = "its document was deleted or renamed while it waited"
            return f"Ended without a decision{_on(head, time)}: {text}{_newer(view)}."
        case _:
            return f"Failed{_on(head, time)}: {reason_in_words(head) or 'the document could not be moved'}."


def who_decided(decision: Decision) -> str:
    """Return the reviewer, the name by which the review knows them, and whose place they fill if not their own."""
    who = f"{decision.reviewer} (known as {decision.known_as})" if decision.known_as else decision.reviewer
    return f"{who} for {decision.on_behalf_of}" if decision.on_behalf_of else who


def waits_for(view: ReviewView) -> str:
    """Return who may decide now."""
    given, needed = view.approvals
    if view.waits_for is None:
        return f"reviewers of the stage {view.stage}"
    if view.anyone_may_decide:
        return people([*view.waits_for, "anyone else who may decide"], "or") if view.waits_for else "any reviewer"
    return people(view.waits_for, "and" if len(view.waits_for) <= needed - given else "or") or "nobody"


def approvals(view: ReviewView) -> str:
    """Return how many approvals there are of those that are needed, such as `1 of 2`."""
    given, needed = view.approvals
    return f"{given} of {needed}"


def reason_in_words(head: Head) -> str | None:
    """Return why a review ended as it did; None if its outcome says all."""
    refused = [found.detail for found in head.findings if head.policy.content.measure(found.kind).refuse]
    if refused and head.state is not ReviewState.OPEN and not head.last_seq:
        return "; ".join(refused)
    return REASONS.get(Reason(head.reason), head.reason) if head.reason in [*Reason] else head.reason


def _open(view: ReviewView, time: LocalTime) -> str:
    head = view.head
    if not view.asks or head.deadline is None:
        return "Waits for the inspection of its content; reviewers are asked after that."
    stage = f" in the stage {view.stage}" if len(head.policy.stages) > 1 else ""
    since = overdue_since(head, time.now)
    due = f"overdue since {time.moment(since)}" if since else f"due {time.moment(head.deadline)}"
    if since and head.deadline > time.now:
        due += f"; if nobody decides, it ends {time.moment(head.deadline)}"
    return f"Waits for {waits_for(view)}{stage}, {approvals(view)}, {due}."


def _approved(view: ReviewView, time: LocalTime) -> str:
    head = view.head
    by = people([who_decided(row.decision) for row in view.decisions if row.decision.vote is Vote.APPROVE])
    if head.outcome is None:
        return f"Approved by {by}; the document is being published."
    text = f"Approved by {by} and published as {head.location}{_on(head, time)}."
    if head.retraction:
        when = f"asked for that {time.moment(head.retraction.at)}"
        text += f" It {'was' if head.retraction.done else 'is being'} taken back; {head.retraction.by} {when}."
    return text


def _rejected(view: ReviewView, on: str) -> str:
    against = [row.decision for row in view.decisions if row.decision.vote is not Vote.APPROVE]
    if not against:
        return f"Refused before anybody was asked{on}: {reason_in_words(view.head)}"
    asked = view.requested_changes
    by = people([who_decided(decision) for decision in ([asked] if asked else against)])
    comment = next((decision.comment for decision in reversed(against) if decision.comment), None)
    return f"{'Changes requested' if asked else 'Rejected'} by {by}{on}{_quoted(comment)}"


def _withdrawal(view: ReviewView, on: str) -> str:
    record = next((record for record, _ in view.records if record.event is AuditEvent.REVIEW_WITHDRAWN), None)
    who, why = (record.who, record.detail) if record else (None, None)
    return f" by {who or 'its submitter'}{on}{_quoted(why)}"


def _newer(view: ReviewView) -> str:
    newer = view.newer
    if newer is None:
        return ""
    return f"; the newest review of that name is {short_id(newer.review_id)} ({newer.outcome or newer.state})"


def _on(head: Head, time: LocalTime) -> str:
    return f" on {time.day(head.closed_at)} {head.closed_at.astimezone(time.zone):%H:%M}" if head.closed_at else ""


def _quoted(text: str | None) -> str:
    if not text:
        return ""
    return f': "{text}"' if len(text) <= _MOST_OF_A_COMMENT else f': "{text[:_MOST_OF_A_COMMENT].rstrip()}{_SHORTENED}"'
