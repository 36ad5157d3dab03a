"""One decision for several reviews, whose documents the person has opened: each is sent, judged and answered alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.at_once import gather_few
from compliance.outcome import Vote
from contracts.plain_text import quantity
from web.actions.deciding import decide
from web.door import Door
from web.pages.answer_words import as_sentence, notice_of
from web.pages.deciding import MISSING, decided_in, entered_in
from web.pages.form_fields import Fields, fields_of
from web.pages.rendering import page, reader_of
from web.pages.review_forms import NOT_FRESH, is_fresh, ticks_in
from web.pages.view_models import Mood, Notice, Result
from web.pages.waiting import waiting_page
from web.problems import ProblemError, conflict
from web.views.answers import answer_to
from web.views.one_review import Seen, review_for
from web.visitors import Visitor

_WAIT: Final = 4.0  # seconds for all answers
_UNSENT: Final = "Nothing was sent"
_NOTHING_TICKED: Final = "Select at least one document."
_UNANSWERED: Final = Notice(Mood.PLAIN, "It was sent", "It is not recorded yet. Its page shows when it is.")


async def post_several(door: Door, visitor: Visitor, request: Request) -> Response:
    """Send a decision for each review that was ticked, and show what has become of them.

    Sending the form again changes nothing, because each decision has the same id again.
    """
    fields = await fields_of(request)
    ticks = ticks_in(fields)
    seen = await gather_few([(lambda review=each: review_for(door, visitor, review)) for each in ticks])
    entered = entered_in(
        fields, is_rejection_explained=not any(each.head.policy.comment_required_on_reject for each in seen)
    )
    again = partial(waiting_page, door, visitor, fields.one("cursor") or None, entered=entered, ticked=ticks)
    if not ticks or entered.vote is None or entered.comment_error:
        text, links = (MISSING, entered.errors) if ticks else (_NOTHING_TICKED, ())
        said = Notice(Mood.WARN, _UNSENT, text, links)
        return await again(said=said, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        door.sending.take(visitor.account, len(ticks) - 1)  # the request itself is counted already
    except ProblemError as problem:
        said = Notice(Mood.BAD, _UNSENT, as_sentence(problem.detail))
        return await again(said=said, status=problem.status, headers=problem.headers)
    vote, comment = entered.vote, entered.comment.strip()
    sent = await gather_few(
        [
            (lambda one=one, form=form: _send(door, visitor, one, form, vote=vote, comment=comment))
            for one, form in zip(seen, ticks.values(), strict=True)
        ]
    )
    results = await _answered(door, visitor, sent)
    number = sum(result.sent is not None for result in results)
    were = "was" if number == 1 else "were"
    summary = f"{quantity(number, 'decision')} {were} sent{f', of {len(results)}' if number < len(results) else ''}."
    return page("decided", reader=reader_of(visitor.principal), here="/", results=results, summary=summary)


async def _send(door: Door, visitor: Visitor, seen: Seen, form: Fields, *, vote: Vote, comment: str) -> Result:
    """Send one decision. Its notice is final if it was not sent."""
    head = seen.head
    try:
        if not is_fresh(door, visitor, seen, form):
            raise conflict("old-form", NOT_FRESH)
        decided = decided_in(door, visitor, seen, form, vote=vote, comment=comment)
        await decide(door, visitor, seen, decided)
    except ProblemError as problem:
        notice = Notice(Mood.BAD, "Not sent", as_sentence(problem.detail))
        return Result(head.review_id, head.document.name, None, notice)
    return Result(head.review_id, head.document.name, decided.decision_id, _UNANSWERED)


async def _answered(door: Door, visitor: Visitor, results: list[Result]) -> list[Result]:
    """Wait a moment for the answers, and return the results with those that have come."""
    loop = asyncio.get_running_loop()
    until, answered = loop.time() + _WAIT, list[Result]()
    for result in results:
        given = None
        if result.sent:
            given = await answer_to(door, visitor, result.review_id, result.sent, max(0.0, until - loop.time()))
        if given:
            seen = await review_for(door, visitor, result.review_id)
            answered.append(replace(result, notice=notice_of(given, seen.review)))
        else:
            answered.append(result)
    return answered
