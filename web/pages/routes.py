"""The routes of all pages."""

from __future__ import annotations

import os
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from web.door import Door
from web.guard import Guard, Handler
from web.pages.bulk_decisions import post_several
from web.pages.deciding import post_decision, post_withdrawal
from web.pages.documents import show_documents
from web.pages.error_pages import refuse
from web.pages.rendering import PAGES, page, reader_of
from web.pages.review import show_review
from web.pages.submit import post_submit, show_submit
from web.pages.waiting import show_waiting
from web.problems import not_found
from web.visitors import Visitor


async def show_signed_in(_door: Door, visitor: Visitor, _request: Request) -> Response:
    """Tell somebody who has signed in beside a form that they can send it now."""
    text = "Close this tab, go back to the other one, and send what you wrote."
    return page("message", reader=reader_of(visitor.principal), title="You are signed in", texts=[text], links=[])


PAGE_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/", show_waiting),
    ("POST", "/decisions", post_several),
    ("GET", "/signed-in", show_signed_in),
    ("GET", "/documents", show_documents),
    ("GET", "/submit", show_submit),
    ("POST", "/submit", post_submit),
    ("GET", "/reviews/{review_id}", show_review),
    ("POST", "/reviews/{review_id}/decisions", post_decision),
    ("POST", "/reviews/{review_id}/withdrawal", post_withdrawal),
)


def page_routes(guard: Guard) -> list[BaseRoute]:
    """Return the routes. Any other address is a page that says so, for people who have signed in."""
    routes: list[BaseRoute] = [Mount("/static", _Static(directory=PAGES / "static"))]
    routes += [Route(path, guard.endpoint(handle, refuse), methods=[method]) for method, path, handle in PAGE_ROUTES]
    return [*routes, Route("/{rest:path}", guard.endpoint(_nothing, refuse), methods=["GET", "POST"])]


class _Static(StaticFiles):
    """Files that a browser may keep for ever: their addresses change with their content."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        if scope["query_string"]:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


async def _nothing(_door: Door, _visitor: Visitor, _request: Request) -> Response:
    raise not_found()
