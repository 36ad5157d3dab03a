"""The page of one review: the document beside the form, and what a reviewer should know before deciding."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from adapters.at_once import together
from compliance.outcome import Outcome
from compliance.review import Head
from reviews.documents.comparing import place_of
from reviews.finding import of_name
from web.door import Door
from web.pages.answer_words import as_sentence, notice_of
from web.pages.documents import next_version_link
from web.pages.rendering import page, reader_of
from web.pages.review_content import Known, review_shown
from web.pages.review_forms import token_for
from web.pages.view_models import DecisionForm, Entered, Notice, ReviewShown, Viewer
from web.problems import ProblemError
from web.views.answers import answer_to
from web.views.background import background_of
from web.views.document import shown_type
from web.views.one_review import Seen, history_of, review_for
from web.views.permissions import is_submitter
from web.views.waiting import waiting
from web.visitors import Visitor

_WAIT: Final = 3.0  # seconds for an answer, after which the page looks again


async def show_review(door: Door, visitor: Visitor, request: Request) -> Response:
    """Show a review; after a decision with what has become of it."""
    review_id = request.path_params["review_id"]
    seen = await review_for(door, visitor, review_id)
    said, sent = None, request.query_params.get("sent")
    if sent:
        given = await answer_to(door, visitor, review_id, sent, wait=_WAIT)
        seen = await review_for(door, visitor, review_id)
        again = (f"{request.url.path}?{urlencode({'sent': sent})}", "Look again")
        said = notice_of(given, seen.review, await _next_link(door, visitor, review_id) if given else again)
    return await review_page(door, visitor, seen, said=said)


async def review_page(
    door: Door,
    visitor: Visitor,
    seen: Seen,
    *,
    said: Notice | None = None,
    entered: Entered | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """Return the page of a review, with what was entered into its forms."""
    shown, newer = await together(_shown(door, visitor, seen, entered or Entered()), _newer(door, visitor, seen.head))
    submitted_it = is_submitter(visitor, seen.head)
    kept = entered and not shown.form and not shown.may_withdraw and (entered.comment or entered.reason)
    return page(
        "review",
        status,
        reader=reader_of(visitor.principal),
        review=shown,
        said=said,
        kept=kept or None,
        withdrawal=entered or Entered(),
        newer=newer,
        is_me=lambda name: visitor.known_as(name) is not None,
        next_version=next_version_link(seen.head) if submitted_it else None,
        back=("/documents", "My documents") if submitted_it else ("/", "Waiting for me"),
    )


async def _shown(door: Door, visitor: Visitor, seen: Seen, entered: Entered) -> ReviewShown:
    beside, happened = await together(background_of(door, visitor, seen), history_of(door, seen))
    history = [(each.record, each.at) for each in happened]
    known = Known(
        history,
        beside.earlier,
        beside.replaces,
        beside.taken,
        beside.same_bytes,
        viewer_of(shown_type(seen)),
        is_readable=seen.head.document.sha256 is not None
        and seen.head.outcome is not Outcome.SUPERSEDED
        and place_of(seen.head) is not None,
    )
    shown = review_shown(seen.review, known, door.now(), lambda name: visitor.known_as(name) is not None)
    refusal = seen.permissions.decision
    if refusal and shown.due:
        shown = replace(shown, why_not=as_sentence(refusal.text))
    elif not refusal and seen.head.document.sha256:
        shown = replace(shown, form=_form(door, visitor, seen, beside.place_of, entered))
    if not seen.permissions.withdrawal:
        shown = replace(shown, may_withdraw=token_for(door, visitor, seen))
    return shown


def _form(door: Door, visitor: Visitor, seen: Seen, place_of: str | None, entered: Entered) -> DecisionForm:
    policy = seen.head.policy
    return DecisionForm(
        token_for(door, visitor, seen),
        seen.head.document.sha256 or "",
        place_of,
        policy.comment_required_on_reject,
        policy.statement,
        entered.vote,
        entered.comment,
        entered.vote_error,
        entered.comment_error,
    )


def viewer_of(media_type: str | None) -> Viewer | None:
    """Return how a browser shows documents of this type. None if it does not."""
    if media_type is None:
        return None
    if media_type == "application/pdf":
        return Viewer.PDF
    return Viewer.PICTURE if media_type.startswith("image/") else Viewer.TEXT


async def _next_link(door: Door, visitor: Visitor, review_id: str) -> tuple[str, str]:
    """Return where to go on after a decision: the review that is due next, or the list."""
    found = await waiting(door, visitor, limit=2)
    for each in found.items:
        if each.review.head.review_id != review_id:
            return f"/reviews/{each.review.head.review_id}", f"Next: {each.review.head.document.name}"
    return "/", "Nothing else waits for you: back to the list"


async def _newer(door: Door, visitor: Visitor, head: Head) -> str | None:
    """Return the review of the newest version of a document that was replaced. None if the person may not see it."""
    if head.outcome is not Outcome.SUPERSEDED:
        return None
    found = await of_name(door, head.document.container, head.document.name, limit=1)
    newest = found.items[0].head.review_id if found.items else head.review_id
    if newest == head.review_id:
        return None
    try:
        return (await review_for(door, visitor, newest)).head.review_id
    except ProblemError:
        return None
