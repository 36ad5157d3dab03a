"""Forms that come back from the page of a review: decisions and withdrawals. Whatever is not sent is shown again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from compliance.outcome import Answer, ReviewState, Vote
from contracts.digest import text_digest
from web.actions.deciding import Decided, decide
from web.actions.withdrawing import withdraw
from web.door import Door
from web.pages.answer_words import as_sentence
from web.pages.form_fields import Fields, fields_of
from web.pages.review import review_page
from web.pages.review_forms import NOT_FRESH, id_of, is_fresh
from web.pages.status_words import state_of
from web.pages.view_models import Entered, Mood, Notice
from web.problems import ProblemError, conflict
from web.views.one_review import Seen, review_for
from web.visitors import Visitor

_LONGEST: Final = 4000  # characters of a comment
_NOT_SENT: Final = "It was not sent"
MISSING: Final = "Something is missing. What you wrote is still there."


async def post_decision(door: Door, visitor: Visitor, request: Request) -> Response:
    """Send a decision. Its answer is on the page to which this leads."""
    seen, fields = await _read(door, visitor, request)
    comment = fields.one("comment").strip()
    entered = entered_in(fields, is_rejection_explained=not seen.head.policy.comment_required_on_reject)
    again = _again(door, visitor, seen, entered)
    if entered.vote is None or entered.comment_error:
        return await again(None)
    if not is_fresh(door, visitor, seen, fields):
        return await again(conflict("old-form", NOT_FRESH))
    decided = decided_in(door, visitor, seen, fields, vote=entered.vote, comment=comment)
    try:
        await decide(door, visitor, seen, decided)
    except ProblemError as problem:
        return await again(problem)
    return _see(seen, decided.decision_id)


def decided_in(door: Door, visitor: Visitor, seen: Seen, fields: Fields, *, vote: Vote, comment: str) -> Decided:
    """Return the decision that somebody has sent with a form."""
    sent = id_of(door, visitor, seen, fields, vote, comment)
    statement = seen.head.policy.statement if vote is Vote.APPROVE else None
    shown = text_digest(statement) if statement else None
    return Decided(sent, vote, fields.one("documentSha256"), comment or None, shown)


async def post_withdrawal(door: Door, visitor: Visitor, request: Request) -> Response:
    """Withdraw a document. The answer is on the page to which this leads."""
    seen, fields = await _read(door, visitor, request)
    reason = fields.one("reason").strip()
    is_said = 0 < len(reason) <= _LONGEST
    error = None if is_said else f"Say why you withdraw it, in at most {_LONGEST:,} characters."
    again = _again(door, visitor, seen, Entered(reason=reason, reason_error=error))
    if not is_fresh(door, visitor, seen, fields):
        return await again(conflict("old-form", NOT_FRESH))
    if error:
        return await again(None)
    try:
        sent = await withdraw(door, visitor, seen, id_of(door, visitor, seen, fields, "withdraw", reason), reason)
    except ProblemError as problem:
        return await again(problem)
    return _see(seen, sent)


def entered_in(fields: Fields, *, is_rejection_explained: bool) -> Entered:
    """Return what a decision's form says, and what is wrong with it."""
    said, comment = fields.one("decision"), fields.one("comment").strip()
    vote = Vote(said) if said in [*Vote] else None
    vote_error = None if vote else "Choose what you decide."
    comment_error = None
    if len(comment) > _LONGEST:
        comment_error = f"This is too long: {len(comment):,} characters, of at most {_LONGEST:,}."
    elif not comment and vote is Vote.REQUEST_CHANGES:
        comment_error = "Say what to change."
    elif not comment and vote is Vote.REJECT and not is_rejection_explained:
        comment_error = "Say why you reject it."
    return Entered(vote, fields.one("comment"), vote_error, comment_error)


async def _read(door: Door, visitor: Visitor, request: Request) -> tuple[Seen, Fields]:
    seen = await review_for(door, visitor, request.path_params["review_id"])
    return seen, await fields_of(request)


def _again(door: Door, visitor: Visitor, seen: Seen, entered: Entered) -> Callable[..., Awaitable[Response]]:
    """Return a function that shows the page as it is now, with what was entered and why that was not sent.

    Without a problem, something in the form is missing.
    """

    async def show(problem: ProblemError | None) -> Response:
        now = await review_for(door, visitor, seen.head.review_id)
        if problem is None:
            status, notice = HTTPStatus.UNPROCESSABLE_ENTITY, Notice(Mood.WARN, _NOT_SENT, MISSING, entered.errors)
        else:
            again = (f"/reviews/{seen.head.review_id}", "Look at the review again")
            links = [again] if problem.kind == "overwritten" else []
            status, notice = problem.status, Notice(Mood.BAD, _NOT_SENT, _why(problem, now), links)
        return await review_page(door, visitor, now, said=notice, entered=entered, status=status)

    return show


def _why(problem: ProblemError, now: Seen) -> str:
    """Return why something was not sent, in the words of the page, which also says how the review ended."""
    if problem.kind != Answer.LATE:
        return as_sentence(problem.detail)
    if now.head.state is ReviewState.OPEN:
        return "Its deadline has passed."
    return f"This review had ended before you sent it. {state_of(now.head, now.decisions).sentence}"


def _see(seen: Seen, sent: str) -> Response:
    return RedirectResponse(f"/reviews/{seen.head.review_id}?sent={sent}", HTTPStatus.SEE_OTHER)
