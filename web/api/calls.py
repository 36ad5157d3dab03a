"""The table of all calls of the API, from which routes and the OpenAPI document are made."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from web.api.models import ApiModel, FullReview, Me, ReviewList
from web.api.reading import get_me, get_review, get_reviews
from web.handling import Handler


@dataclass(frozen=True, slots=True)
class Call:
    """A call: its method and path under /api/v1, what it does, what it takes and answers."""

    method: str
    path: str
    does: str
    handle: Handler
    answers: dict[HTTPStatus, type[ApiModel] | str]  # a model, or another media type


CALLS: Final = (
    Call("GET", "/me", "Say who has signed in.", get_me, {HTTPStatus.OK: Me}),
    Call("GET", "/reviews", "List reviews.", get_reviews, {HTTPStatus.OK: ReviewList}),
    Call("GET", "/reviews/{review_id}", "Show a review.", get_review, {HTTPStatus.OK: FullReview}),
)
