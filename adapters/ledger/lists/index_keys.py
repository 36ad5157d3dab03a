"""Keys of the rows that list reviews: by the time when they are due, or newest first.

Storage sorts a partition by its keys, as text, and a page of it is one request. No list needs another order.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from compliance.review import Head

_FORMAT: Final = "%Y%m%d%H%M%S%f"
_DIGITS: Final = 20  # of a time in that format
_LAST: Final = 10**_DIGITS - 1
_UNASKED: Final = "unasked"  # after every time


def due_key(head: Head) -> str:
    """Return the key under which an unfinished review is listed: the soonest due first, those not requested yet last.

    The last possible deadline is fixed when the reviewers are asked, so this key changes once.
    """
    due = head.last_deadline
    return f"{_digits(due) if due else _UNASKED}-{head.review_id}"


def unasked_key(review_id: str) -> str:
    """Return the `due_key` of a review whose reviewers were not asked yet."""
    return f"{_UNASKED}-{review_id}"


def newest_first(at: datetime, review_id: str) -> str:
    """Return a key that precedes those of earlier times."""
    return f"{_LAST - int(_digits(at)):0{_DIGITS}}-{review_id}"


def boundary(at: datetime) -> str:
    """Return the boundary between `newest_first` keys of this time or later and those of earlier times."""
    return f"{_LAST - int(_digits(at)) + 1:0{_DIGITS}}"


def due_in(key: str) -> datetime | None:
    """Return the time in a `due_key`. None if the reviewers were not asked yet."""
    digits = key.partition("-")[0]
    return None if digits == _UNASKED else datetime.strptime(digits, _FORMAT).replace(tzinfo=UTC)


def time_in(key: str) -> datetime:
    """Return the time in a key that `newest_first` has made."""
    digits = f"{_LAST - int(key[:_DIGITS]):0{_DIGITS}}"
    return datetime.strptime(digits, _FORMAT).replace(tzinfo=UTC)


def review_in(key: str) -> str:
    """Return the id of the review that a key is about."""
    return key.rpartition("-")[2]


def _digits(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_FORMAT)
