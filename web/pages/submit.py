"""The page on which people submit a document, or its next version."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from web.actions.submitting import MOST_BYTES, submit
from web.door import Door
from web.form_token import Form, FormState, form_state, form_token
from web.pages.answer_words import as_sentence
from web.pages.rendering import page, reader_of
from web.pages.view_models import Mood, Notice
from web.problems import ProblemError, conflict
from web.uploads import SentUpload, upload_of
from web.views.classes import class_names
from web.visitors import Visitor

_ABOUT: Final = "a new document"  # in the place of a review, which it does not have yet
_STALE: Final = "this form is from more than an hour ago"
_FIELDS: Final = ("file", "name", "documentClass")
_MOST: Final = f"{MOST_BYTES >> 20} MiB"


@dataclass(frozen=True, slots=True)
class _Entered:
    """What somebody has entered. Browsers never send a file back to them: it has to be chosen again."""

    name: str = ""
    document_class: str = ""


async def show_submit(door: Door, visitor: Visitor, request: Request) -> Response:
    """Show the form, with the name and class of an earlier version if one comes from it."""
    given = request.query_params
    return _form(door, visitor, _Entered(given.get("name", ""), given.get("class", "")))


async def post_submit(door: Door, visitor: Visitor, request: Request) -> Response:
    """Take a document in, and lead to the list of the person's documents."""
    sent: SentUpload | None = None
    try:
        sent = await upload_of(request)
        if form_state(door.form_key, _about(visitor), sent.form, door.now()) is not FormState.FRESH:
            raise conflict("old-form", _STALE)
        review_id = await submit(door, visitor, sent.upload)
    except ProblemError as problem:
        entered = _Entered(sent.upload.name, sent.upload.document_class or "") if sent else _Entered()
        return _form(door, visitor, entered, problem)
    return RedirectResponse(f"/documents?{urlencode({'submitted': review_id})}", HTTPStatus.SEE_OTHER)


def _form(door: Door, visitor: Visitor, entered: _Entered, problem: ProblemError | None = None) -> Response:
    field, error = _field_and_error(problem) if problem else (None, "")
    links = [(f"#{field}", error)] if field else ()
    text = f"{'' if field else error} Choose the file again: browsers do not keep it.".strip()
    return page(
        "submit",
        problem.status if problem else HTTPStatus.OK,
        reader=reader_of(visitor.principal),
        here="/submit",
        said=Notice(Mood.BAD, "It was not submitted", text, links) if problem else None,
        token=form_token(door.form_key, _about(visitor), door.now()),
        classes=class_names(door),
        entered=entered,
        errors={field: error} if field else {},
        most=_MOST,
    )


def _field_and_error(problem: ProblemError) -> tuple[str | None, str]:
    """Return which field a problem is about, and what is wrong with it. The field is None if it is about none."""
    if problem.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return "file", as_sentence(problem.detail)
    field, colon, error = problem.detail.partition(": ")
    if colon and field in _FIELDS:
        return field, as_sentence(error)
    return None, as_sentence(problem.detail)


def _about(visitor: Visitor) -> Form:
    return Form(f"{visitor.account.tenant_id}.{visitor.account.object_id}", _ABOUT, "")
