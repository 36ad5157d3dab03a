"""The page of what waits for a person."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from web.door import Door
from web.pages.rendering import page
from web.views.waiting import waiting
from web.visitors import Visitor


async def show_waiting(door: Door, visitor: Visitor, request: Request) -> Response:
    """Show the first page of the list, or the one that the cursor continues."""
    found = await waiting(door, visitor, cursor=request.query_params.get("cursor"))
    return page("waiting.html.j2", visitor=visitor, found=found)
