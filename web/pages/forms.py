"""The forms of a review's page: shown with a token, and looked at again when they come back."""

from __future__ import annotations

from typing import Final

from web.door import Door
from web.form_token import Form, FormState, decision_id, form_state, form_token
from web.pages.form_fields import Fields
from web.views.one_review import Seen
from web.visitors import Visitor

NOT_FRESH: Final = (
    "This form is from more than an hour ago, or was not made for you. Look at the document once more, then send again."
)


def token_for(door: Door, visitor: Visitor, seen: Seen) -> str:
    """Return a new token of a form on this review's page."""
    return form_token(door.form_key, _form(visitor, seen, seen.head.document.sha256 or ""), door.now())


def is_fresh(door: Door, visitor: Visitor, seen: Seen, fields: Fields) -> bool:
    """Return whether a form was shown to this person, recently, with the bytes that it names."""
    form = _form(visitor, seen, fields.one("documentSha256"))
    return form_state(door.form_key, form, fields.one("form"), door.now()) is FormState.FRESH


def id_of(door: Door, visitor: Visitor, seen: Seen, fields: Fields, *said: str) -> str:
    """Return the id of what was sent with this form."""
    form = _form(visitor, seen, fields.one("documentSha256"))
    return decision_id(door.form_key, form, fields.one("form"), *said)


def _form(visitor: Visitor, seen: Seen, document_sha256: str) -> Form:
    return Form(f"{visitor.account.tenant_id}.{visitor.account.object_id}", seen.head.review_id, document_sha256)
