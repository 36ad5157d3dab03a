"""The pages of those who get nothing: sign in first, nothing here, not yours, not now. Each says what to do."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from web.pages.answer_words import as_sentence
from web.pages.form_fields import Fields, fields_of
from web.pages.rendering import page, reader_of
from web.pages.view_models import Reader
from web.principal import HEADER, Principal
from web.problems import ProblemError
from web.requests import SAFE

SIGN_IN: Final = "/.auth/login/aad?post_login_redirect_uri="
_PAGE: Final = re.compile(r"/|(?:/[A-Za-z0-9_-]+)+")  # whatever decodes or resolves such a path, it stays ours
_SIGN_OUT: Final = "/.auth/logout?post_logout_redirect_uri=/"
_TEXTS: Final = ("comment", "reason")  # fields in which people write
_TITLES: Final = {
    HTTPStatus.UNAUTHORIZED: "Sign in again",
    HTTPStatus.FORBIDDEN: "You may not do this",
    HTTPStatus.NOT_FOUND: "Page not found",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "This is too large",
    HTTPStatus.TOO_MANY_REQUESTS: "Wait a moment",
    HTTPStatus.SERVICE_UNAVAILABLE: "This does not work at the moment",
}
_FOR_A_WHILE: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_SIGNED_OUT: Final = "Your session has ended."
_NOTHING: Final = "Nothing has this address, or it is a review in which you have no part. Is the address complete?"


async def refuse(request: Request, problem: ProblemError) -> Response:
    """Lead people who have not signed in to the sign-in, and show everybody else the reason."""
    if problem.status is HTTPStatus.UNAUTHORIZED and HEADER not in request.headers:
        if request.method in SAFE:
            return RedirectResponse(SIGN_IN + quote(own_path(request), safe=""), HTTPStatus.FOUND)
        return await _keep(request, problem, _SIGNED_OUT)
    if request.method not in SAFE and problem.status in _FOR_A_WHILE:
        return await _keep(request, problem, as_sentence(problem.detail))
    is_nothing = problem.status is HTTPStatus.NOT_FOUND
    links = [("/", "See what waits for you", False)]
    if problem.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        links.append((_SIGN_OUT, "Sign in as somebody else", False))
    return page(
        "message",
        problem.status,
        problem.headers,
        reader=_reader_of(request),
        title=_TITLES.get(problem.status, "This did not work"),
        texts=[_NOTHING if is_nothing else as_sentence(problem.detail)],
        links=links,
    )


async def _keep(request: Request, problem: ProblemError, why: str) -> Response:
    """Return the same form to somebody who can send it in a moment: nothing that they wrote is lost."""
    try:
        fields = await fields_of(request)
    except ProblemError:  # an upload, which no page can hand back
        fields = Fields()
    is_signed_out = problem.status is HTTPStatus.UNAUTHORIZED
    return page(
        "not_sent",
        problem.status,
        problem.headers,
        reader=_reader_of(request),
        title="You are signed out" if is_signed_out else _TITLES[problem.status],
        why=why,
        action=own_path(request),
        sign_in=SIGN_IN + quote("/signed-in" if fields else own_path(request), safe="") if is_signed_out else None,
        kept_fields=[(name, value) for name, values in fields.items() for value in values if name not in _TEXTS],
        texts=[(name, fields.one(name)) for name in _TEXTS if name in fields],
    )


def _reader_of(request: Request) -> Reader | None:
    """Return who has sent a request. None if nobody has signed in, or their sign-in is not believed."""
    principal: Principal | None = getattr(request.state, "principal", None)
    return reader_of(principal) if principal else None


def own_path(request: Request) -> str:
    """Return the path to come back to: the first page unless it looks like one of ours."""
    path = request.url.path
    if not _PAGE.fullmatch(path):
        return "/"
    return f"{path}?{request.url.query}" if request.url.query else path
