"""Tokens of forms: a form that comes back proves who was shown which bytes of a review, and when.

A token also makes the decision's id, so that a form that is sent twice, by a double click or after a lost answer, is
one decision. Each form has another one: somebody who decides differently in a second tab is judged anew.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

_HOURS: Final = 2  # for which a form can be sent: the hour in which it was shown, and the next
_SECONDS: Final = 3600
_NONCE: Final = 12  # bytes
_PARTS: Final = 3
_LONGEST: Final = 128  # characters


class FormState(Enum):
    """What a token says of the form with which it came."""

    FRESH = auto()
    OLD = auto()  # ours, but from too long ago
    FORGED = auto()  # or of another person, review or document


@dataclass(frozen=True, slots=True)
class Form:
    """What a form is about: the person to whom it was shown, the review, and the document's bytes."""

    person: str  # the account, which never changes hands
    review_id: str
    document_sha256: str


def form_token(key: bytes, form: Form, at: datetime) -> str:
    """Return a new token for a form that is shown at this time."""
    return _token(key, form, _hour(at), secrets.token_hex(_NONCE))


def form_state(key: bytes, form: Form, token: str, at: datetime) -> FormState:
    """Return whether a token was made for this form, and recently."""
    hour, _, rest = token.partition(".")
    nonce = rest.partition(".")[0]
    is_well_formed = len(token) <= _LONGEST and token.isascii() and hour.isdecimal() and len(token.split(".")) == _PARTS
    if not is_well_formed or not hmac.compare_digest(token, _token(key, form, int(hour), nonce)):
        return FormState.FORGED
    return FormState.FRESH if _hour(at) - _HOURS < int(hour) <= _hour(at) else FormState.OLD


def decision_id(key: bytes, form: Form, token: str, *said: str) -> str:
    """Return the id of what was sent with this form: the same for the same words, however often they are sent."""
    return _mac(key, "decision", form.person, form.review_id, token, *said)


def _token(key: bytes, form: Form, hour: int, nonce: str) -> str:
    mac = _mac(key, "form", form.person, form.review_id, form.document_sha256, str(hour), nonce)
    return f"{hour}.{nonce}.{mac}"


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // _SECONDS


def _mac(key: bytes, *parts: str) -> str:
    """Return the HMAC over parts. Their lengths are in it, so that no part can pass for the end of another."""
    encoded = [part.encode() for part in parts]
    told = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
    return hmac.new(key, told, hashlib.sha256).hexdigest()
