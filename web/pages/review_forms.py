"""The forms of a review's page: shown with a token, and looked at again when they come back."""

from __future__ import annotations

from typing import Final

from compliance.review import Head
from reviews.finding import LIMIT
from web.door import Door
from web.form_token import Form, FormState, decision_id, form_state, form_token
from web.pages.form_fields import Fields
from web.problems import bad_request
from web.views.one_review import Seen
from web.visitors import Visitor

_PARTS: Final = 3  # of a tick
NOT_FRESH: Final = (
    "This form is from more than an hour ago, or was not made for you. Look at the document once more, then send again."
)


def token_for(door: Door, visitor: Visitor, seen: Seen) -> str:
    """Return a new token of a form on this review's page."""
    return form_token(door.form_key, _form(visitor, seen.head, seen.head.document.sha256 or ""), door.now())


def tick_for(door: Door, visitor: Visitor, head: Head) -> str:
    """Return what a tick of a review in a list sends: the review, its bytes and a form token."""
    sha256 = head.document.sha256 or ""
    return f"{head.review_id}:{sha256}:{form_token(door.form_key, _form(visitor, head, sha256), door.now())}"


def ticks_in(fields: Fields) -> dict[str, Fields]:
    """Return the forms of all reviews that were ticked, by review. Raises ProblemError if there are too many."""
    ticks = [each.split(":") for each in fields.get("review", [])]
    if len(ticks) > LIMIT or any(len(each) != _PARTS for each in ticks):
        raise bad_request("these are not the ticks of one list; open it again")
    return {review: Fields(documentSha256=[sha256], form=[token]) for review, sha256, token in ticks}


def is_fresh(door: Door, visitor: Visitor, seen: Seen, fields: Fields) -> bool:
    """Return whether a form was shown to this person, recently, with the bytes that it names."""
    form = _form(visitor, seen.head, fields.one("documentSha256"))
    return form_state(door.form_key, form, fields.one("form"), door.now()) is FormState.FRESH


def id_of(door: Door, visitor: Visitor, seen: Seen, fields: Fields, *said: str) -> str:
    """Return the id of what was sent with this form."""
    form = _form(visitor, seen.head, fields.one("documentSha256"))
    return decision_id(door.form_key, form, fields.one("form"), *said)


def _form(visitor: Visitor, head: Head, document_sha256: str) -> Form:
    return Form(f"{visitor.account.tenant_id}.{visitor.account.object_id}", head.review_id, document_sha256)
