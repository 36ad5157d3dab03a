"""The calls that only read."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from web.api.answers import json_answer
from web.api.models import Me, ReviewList
from web.api.reviews_json import full_review, listed_review
from web.door import Door
from web.views.one_review import history_of, review_for
from web.views.permissions import standing_delegations
from web.views.waiting import waiting
from web.visitors import Visitor


async def get_me(door: Door, visitor: Visitor, _request: Request) -> Response:
    """Say who has signed in."""
    stands_in = [each.by for each in await standing_delegations(door, visitor)]
    return json_answer(
        Me(
            name=visitor.name,
            shown_name=visitor.principal.shown_name,
            other_names=visitor.other_names,
            tenant_id=visitor.account.tenant_id,
            object_id=visitor.account.object_id,
            roles=tuple(sorted(visitor.principal.roles)),
            stands_in_for=tuple(dict.fromkeys(stands_in)),
            sign_in_ends=visitor.principal.expires_at,
        )
    )


async def get_reviews(door: Door, visitor: Visitor, request: Request) -> Response:
    """List reviews."""
    found = await waiting(door, visitor, cursor=request.query_params.get("cursor"))
    listed = tuple(listed_review(each.review, door.now(), each.place_of) for each in found.items)
    return json_answer(ReviewList(reviews=listed, cursor=found.cursor))


async def get_review(door: Door, visitor: Visitor, request: Request) -> Response:
    """Show one review."""
    seen = await review_for(door, visitor, request.path_params["review_id"])
    return json_answer(full_review(seen, await history_of(door, seen), door.now(), None))
