"""The calls by GET that answer with JSON. Those that hand out files are in `web.api.document`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from adapters.at_once import together
from compliance.outcome import Outcome
from contracts.messages.fields import Moment
from reviews.finding import About
from web.api.json_answers import json_answer
from web.api.models import ListedReview, Me, ReviewList
from web.api.reviews_json import full_review, listed_review
from web.door import Door
from web.problems import bad_request
from web.views.lists import decided, finished, submitted, unfinished
from web.views.one_review import history_of, reads_of, review_for
from web.views.permissions import standing_delegations
from web.views.waiting import waiting
from web.visitors import Visitor

LISTS: Final = ("waiting", "submitted", "decided", "unfinished", "finished")
_ABOUT: Final = ("class", "submitter", "name")
_FILTERS: Final = {"unfinished": _ABOUT, "finished": (*_ABOUT, "since", "until", "outcome")}
_MOMENT: TypeAdapter[str] = TypeAdapter(Moment)


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
    """List reviews: `list` names which."""
    asked = request.query_params
    cursor, at, which = asked.get("cursor"), door.now(), asked.get("list", LISTS[0])
    _check_filters(which, asked.keys())
    about = About(asked.get("class"), asked.get("submitter"), asked.get("name"))
    match which:
        case "waiting":
            inbox = await waiting(door, visitor, cursor=cursor)
            return _listed([listed_review(each.review, at, each.place_of) for each in inbox.items], inbox.cursor)
        case "submitted" | "decided":
            own = await (submitted if which == "submitted" else decided)(door, visitor, cursor=cursor)
            return _listed([listed_review(each.review, at) for each in own.items], own.cursor)
        case "unfinished":
            open_ones = await unfinished(door, visitor, cursor=cursor, about=about)
            reviews = [listed_review(each, at) for each in open_ones.items]
            return _listed(reviews, open_ones.cursor, open_ones.reached if about else None)
        case "finished":
            found = await finished(
                door,
                visitor,
                cursor=cursor,
                since=_moment(asked.get("since"), "since"),
                until=_moment(asked.get("until"), "until"),
                about=about,
                outcome=_outcome(asked.get("outcome")),
            )
            return _listed([listed_review(each.review, at) for each in found.items], found.cursor, found.reached)
    raise bad_request(f"list: must be one of {', '.join(LISTS)}")


async def get_review(door: Door, visitor: Visitor, request: Request) -> Response:
    """Show one review."""
    seen = await review_for(door, visitor, request.path_params["review_id"])
    history, reads = await together(history_of(door, seen), reads_of(door, seen))
    return json_answer(full_review(seen, history, door.now(), reads))


def _check_filters(which: str, asked: Iterable[str]) -> None:
    """Raise ProblemError for a parameter that this list would ignore: whoever sends it expects fewer reviews."""
    for name in asked:
        if name not in ("list", "cursor", *_FILTERS.get(which, ())):
            lists = [each for each, names in _FILTERS.items() if name in names]
            of = f"only for {' and '.join(f'list={each}' for each in lists)}" if lists else "no parameter of this call"
            raise bad_request(f"{name}: it is {of}; leave it out")


def _listed(reviews: list[ListedReview], cursor: str | None, reached: datetime | None = None) -> Response:
    return json_answer(ReviewList(reviews=tuple(reviews), cursor=cursor, reached=reached))


def _moment(text: str | None, name: str) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(_MOMENT.validate_python(text))
    except ValueError as error:
        raise bad_request(f"{name}: must be a time with a time zone, such as 2026-03-02T09:30:00Z") from error


def _outcome(text: str | None) -> Outcome | None:
    if text is not None and text not in [*Outcome]:
        raise bad_request(f"outcome: must be one of {', '.join(Outcome)}")
    return None if text is None else Outcome(text)
