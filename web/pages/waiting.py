"""The page of what waits for a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from compliance.policy import Policy
from compliance.turnaround import overdue_since
from contracts.plain_text import quantity
from reviews.finding import Waiting
from web.door import Door
from web.pages.rendering import page, reader_of
from web.pages.review_forms import tick_for
from web.pages.status_words import approvals_in_words
from web.pages.view_models import DecisionForm, Entered, Notice, SeveralForm, WaitingLine
from web.views.waiting import opened_among, waiting
from web.visitors import Visitor


async def show_waiting(door: Door, visitor: Visitor, request: Request) -> Response:
    """Show the first page of the list, or the one that the cursor continues."""
    return await waiting_page(door, visitor, request.query_params.get("cursor"))


async def waiting_page(
    door: Door,
    visitor: Visitor,
    cursor: str | None,
    *,
    said: Notice | None = None,
    entered: Entered | None = None,
    ticked: Collection[str] = (),
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a page of the list, with what was entered into its form and which reviews were ticked."""
    found = await waiting(door, visitor, cursor=cursor)
    opened = await opened_among(door, visitor, found.items) if len(found.items) > 1 else frozenset[str]()
    lines = [waiting_line(each, door.now()) for each in found.items]
    tickable = {
        each.review.head.review_id: each.review.head for each in found.items if each.review.head.review_id in opened
    }
    lines = [
        replace(line, tick=tick_for(door, visitor, tickable[line.review_id]), is_ticked=line.review_id in ticked)
        if line.review_id in tickable
        else line
        for line in lines
    ]
    return page(
        "waiting",
        status,
        headers,
        reader=reader_of(visitor.principal),
        here="/",
        said=said,
        lines=lines,
        several=_several([head.policy for head in tickable.values()], entered or Entered()) if tickable else None,
        cursor=cursor or "",
        summary=summary_of(lines, goes_on=bool(found.cursor), is_first=cursor is None),
        more=f"/?{urlencode({'cursor': found.cursor})}" if found.cursor else None,
        is_first=cursor is None,
    )


def _several(policies: Sequence[Policy], entered: Entered) -> SeveralForm:
    statements = {(each.document_class, each.statement) for each in policies if each.statement}
    return SeveralForm(
        sorted(statements),
        DecisionForm(
            "",
            "",
            comment_to_reject=any(each.comment_required_on_reject for each in policies),
            vote=entered.vote,
            comment=entered.comment,
            vote_error=entered.vote_error,
            comment_error=entered.comment_error,
        ),
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
        is_overdue=overdue_since(head, now) is not None,
        place_of=each.place_of,
    )


def summary_of(lines: list[WaitingLine], *, goes_on: bool, is_first: bool) -> str:
    """Return how many reviews wait, as far as one page shows."""
    overdue = sum(line.is_overdue for line in lines)
    if goes_on or not is_first:
        which = "first" if is_first else "next" if goes_on else "last"
        some = f"The {which} {'review' if len(lines) == 1 else f'{len(lines)} reviews'}"
        text = f"{some}, the soonest due first{'; there are more' if goes_on else ''}."
    else:
        verb = "waits" if len(lines) == 1 else "wait"
        text = f"{quantity(len(lines), 'review')} {verb} for you{', the soonest due first' if len(lines) > 1 else ''}."
    if not overdue:
        return text
    return f"{text} {'One is' if overdue == 1 else f'{overdue} are'} overdue."
