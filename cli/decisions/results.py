"""What has become of a message about a review, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cli.answers import AnswerJson, answer_in_words
from cli.failures import ExitCode
from cli.local_time import LocalTime
from cli.lookup import short_id
from cli.reviews.sentence import sentence, waits_for
from cli.reviews.view import ReviewView
from compliance.outcome import Answer, Outcome, Reason, ReviewState, outcome_of
from compliance.review import Head

# The first of these is the worst: nothing came of it, or nobody knows, before it was refused or done.
_WORST_FIRST: Final = (
    ExitCode.FAILED,
    ExitCode.TIMEOUT,
    ExitCode.NOT_FOUND,
    ExitCode.USAGE,
    ExitCode.REFUSED,
    ExitCode.DONE,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the worst exit code; DONE if there is none."""
    return min(codes, key=_WORST_FIRST.index, default=ExitCode.DONE)


def result_in_words(answer: AnswerJson, view: ReviewView | None, time: LocalTime) -> str:
    """Return what became of a message, from its answer and the review after it."""
    if answer.answer in (Answer.RECORDED, Answer.DUPLICATE):
        return _counted(view, time) if view else "Recorded."
    text = answer_in_words(answer, "it cannot count")
    if answer.answer is not Answer.LATE or view is None:
        return text
    newer = "" if view.newer is None or _names_newer(view.head) else f" {_newer(view.newer)}"
    return f"{text} {sentence(view, time)}{newer}"


def _counted(view: ReviewView, time: LocalTime) -> str:
    head = view.head
    if head.retraction:
        return f"Recorded: {head.location} is {'taken back' if head.retraction.done else 'being taken back'}."
    if head.state is ReviewState.OPEN:
        given, needed = view.approvals
        stage = f" in the stage {view.stage}" if len(head.policy.stages) > 1 else ""
        until = f" until {time.moment(head.deadline)}" if head.deadline else ""
        return f"Recorded: {given} of {needed} approvals{stage}. Waits for {waits_for(view)}{until}."
    is_moved = head.outcome is not None
    match head.outcome or (outcome_of(head.verdict) if head.verdict else None):
        case Outcome.APPROVED:
            return f"Approved: {f'published as {head.location}' if is_moved else 'the document is being published'}."
        case Outcome.REJECTED if head.reason == Reason.CHANGES_REQUESTED:
            return "Changes requested: the next version under the same name belongs to the same case."
        case Outcome.REJECTED | Outcome.WITHDRAWN as outcome:
            return f"{outcome.capitalize()}: the document is {'' if is_moved else 'being '}archived."
    return f"Recorded. {sentence(view, time)}"


def _names_newer(head: Head) -> bool:
    return (head.outcome or (outcome_of(head.verdict) if head.verdict else None)) in (Outcome.SUPERSEDED, Outcome.GONE)


def _newer(newer: Head) -> str:
    return (
        f"The newest version of that name has the review {short_id(newer.review_id)} ({newer.outcome or newer.state})."
    )
