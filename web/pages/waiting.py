"""The page of what waits for a person."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from contracts.plain_text import quantity
from reviews.finding import Waiting
from web.door import Door
from web.pages.rendering import page, reader_of
from web.pages.shown import WaitingLine
from web.pages.state_shown import approvals_in_words
from web.views.waiting import waiting
from web.visitors import Visitor


async def show_waiting(door: Door, visitor: Visitor, request: Request) -> Response:
    """Show the first page of the list, or the one that the cursor continues."""
    cursor = request.query_params.get("cursor")
    found = await waiting(door, visitor, cursor=cursor)
    lines = [waiting_line(each, door.now()) for each in found.items]
    return page(
        "waiting",
        reader=reader_of(visitor),
        here="/",
        lines=lines,
        summary=summary_of(lines, goes_on=bool(found.cursor), is_first=cursor is None),
        more=f"/?{urlencode({'cursor': found.cursor})}" if found.cursor else None,
        is_first=cursor is None,
    )


def waiting_line(each: Waiting, now: datetime) -> WaitingLine:
    """Return what the list says of a review."""
    head, decisions = each.review.head, each.review.decisions
    return WaitingLine(
        review_id=head.review_id,
        name=head.document.name,
        document_class=head.policy.document_class,
        submitter=head.submitter,
        approvals=approvals_in_words(head, decisions),
        due=head.deadline,
        is_overdue=head.deadline is not None and head.deadline <= now,
        place_of=each.place_of,
    )


def summary_of(lines: list[WaitingLine], *, goes_on: bool, is_first: bool) -> str:
    """Return how many reviews wait, as far as one page shows."""
    overdue = sum(line.is_overdue for line in lines)
    if goes_on or not is_first:
        text = (
            "The soonest due first; this page is one of several."
            if is_first
            else "The next ones, by when they are due."
        )
    else:
        verb = "waits" if len(lines) == 1 else "wait"
        text = f"{quantity(len(lines), 'review')} {verb} for you{', the soonest due first' if len(lines) > 1 else ''}."
    if not overdue:
        return text
    return f"{text} {'One is' if overdue == 1 else f'{overdue} are'} overdue."
