"""The page of a person's own documents: where each is, and why it was rejected."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from compliance.outcome import Outcome, ReviewState, Vote
from compliance.review import Head
from reviews.finding import Own
from web.door import Door
from web.pages.rendering import page, reader_of
from web.pages.status_words import decided_by, state_of
from web.pages.view_models import Mood, Notice, OwnLine
from web.views.lists import submitted
from web.visitors import Visitor


async def show_documents(door: Door, visitor: Visitor, request: Request) -> Response:
    """Show the first page of the list, or the one that the cursor continues."""
    cursor, handed_in = request.query_params.get("cursor"), request.query_params.get("submitted")
    found = await submitted(door, visitor, cursor=cursor)
    return page(
        "documents",
        reader=reader_of(visitor.principal),
        here="/documents",
        said=_handed_in(handed_in, found.items) if handed_in else None,
        lines=[own_line(each) for each in found.items],
        more=f"/documents?{urlencode({'cursor': found.cursor})}" if found.cursor else None,
        is_first=cursor is None,
    )


def own_line(each: Own) -> OwnLine:
    """Return what the list says of a document."""
    head, decisions = each.review.head, each.review.decisions
    state = state_of(head, decisions)
    against = [row.decision for row in decisions if row.decision.vote is not Vote.APPROVE]
    last = against[-1] if against else None
    return OwnLine(
        head.review_id,
        head.document.name,
        head.policy.document_class,
        each.at,
        state.mood,
        state.word,
        state.sentence,
        head.deadline if head.state is ReviewState.OPEN else None,
        decided_by(last) if last and last.comment else None,
        last.comment if last else None,
        next_version_link(head),
    )


def next_version_link(head: Head) -> str | None:
    """Return where to submit the next version of a document. None while this one waits, or if there is one already."""
    if head.outcome in (Outcome.SUPERSEDED, None):
        return None
    return f"/submit?{urlencode({'name': head.document.name, 'class': head.policy.document_class})}"


def _handed_in(review_id: str, listed: list[Own]) -> Notice:
    if any(each.review.head.review_id == review_id for each in listed):
        return Notice(Mood.GOOD, "It was submitted", "It is in this list, with what becomes of it.")
    text = "It is on its way, and will be in this list in a moment. This page loads again by itself until it is."
    links = [(f"/documents?{urlencode({'submitted': review_id})}", "Look again")]
    return Notice(Mood.PLAIN, "It was submitted", text, links, looks_again=True)
