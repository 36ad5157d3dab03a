"""The routes of all pages."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from web.door import Door
from web.handling import Desk, Handler
from web.pages.rendering import page
from web.pages.waiting import show_waiting
from web.principal import HEADER
from web.problems import ProblemError, not_found
from web.visitors import Visitor

_SIGN_IN: Final = "/.auth/login/aad?post_login_redirect_uri="
_PAGES: Final[dict[str, tuple[Handler, list[str]]]] = {
    "/": (show_waiting, ["GET"]),
}


def page_routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes. Whatever is no page does not exist, but only for those who have signed in."""
    routes: list[BaseRoute] = [Mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))]
    for path, (handle, methods) in _PAGES.items():
        routes.append(Route(path, desk.guarded(handle, refuse), methods=methods))
    return [*routes, Route("/{rest:path}", desk.guarded(_nothing, refuse), methods=["GET", "POST"])]


async def _nothing(_door: Door, _visitor: Visitor, _request: Request) -> Response:
    raise not_found()


def refuse(request: Request, problem: ProblemError) -> Response:
    """Lead to the sign-in whoever has not signed in, and show everybody else why not."""
    if (
        problem.status is HTTPStatus.UNAUTHORIZED
        and HEADER not in request.headers
        and request.method in ("GET", "HEAD")
    ):
        return RedirectResponse(_SIGN_IN + quote(_own_path(request), safe=""), HTTPStatus.FOUND)
    return page("problem.html.j2", problem.status, problem.headers, problem=problem)


def _own_path(request: Request) -> str:
    """Return the path to come back to. One that a browser would read as another site's address is none of ours."""
    path = request.url.path
    if path.startswith("//") or "\\" in path or "%5c" in path.lower():
        return "/"
    return f"{path}?{request.url.query}" if request.url.query else path
