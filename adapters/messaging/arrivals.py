"""A message as a trigger received it, and the times and counts in its properties, as far as they can be trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from contracts.digest import digest_of

if TYPE_CHECKING:
    import azure.functions as func

# Application properties of a message that was scheduled again. The first arrival counts, not those of its copies.
ORIGINAL_ENQUEUED_TIME = "originalEnqueuedTime"
TRY_COUNT = "tryCount"
RETURN_COUNT = "returnCount"

# Two seconds to an hour in all: long enough for a review that is about to open and for a storage outage.
_WAITS = tuple(timedelta(seconds=s) for s in (2, 10, 30, 330, 600, 900, 1200))
# A dead-lettered message that cannot be answered either goes through all these waits again: most of a day in all.
_MOST_RETURNS = 20
# The first copy may have lain in its queue while the app was down, for as long as the queue keeps a message; so may a
# later copy, and a refused one in its quarantine.
_LONGEST_DETOUR = timedelta(days=14 + 365 + 14) + sum(_WAITS, timedelta(0)) * (_MOST_RETURNS + 1)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as a trigger received it."""

    message_id: str
    body: bytes
    enqueued_at: datetime  # when the first of all copies was; decides whether it was in time
    copy_enqueued_at: datetime  # when this copy was
    tries: int
    content_type: str | None
    application_properties: Mapping[str, Any]  # as they can be sent again
    returns: int = 0  # from the dead-letter queue

    @property
    def fingerprint(self) -> str:
        """A digest equal for all copies of a message, different for another body sent under the same message id.

        Senders choose message ids, so one may be used twice, by mistake or to pass another message off as a copy.
        """
        return digest_of([self.message_id, hashlib.sha256(self.body).hexdigest()])

    @property
    def again_after(self) -> timedelta | None:
        """The wait before the next try, or None if it was tried often enough."""
        return _WAITS[self.tries] if self.tries < len(_WAITS) else None

    @property
    def may_return(self) -> bool:
        """True if it may go through its queue once more after it was dead-lettered."""
        return self.returns < _MOST_RETURNS


def arrival_of(message: func.ServiceBusMessage, *, may_be_copy: bool = True) -> Arrival:
    """Return the arrival of a Service Bus message that a trigger received.

    `may_be_copy` is False on a queue on which the app puts no copies: there every message is its own first copy,
    whatever it claims. Raises ValueError if the host sent no enqueued time, without which nothing can be in time.
    """
    if message.enqueued_time_utc is None:
        raise ValueError("the host sent a message without EnqueuedTimeUtc")
    return make_arrival(
        message_id=message.message_id or None,
        sequence_number=message.sequence_number,
        body=message.get_body(),
        enqueued_at=message.enqueued_time_utc,
        content_type=message.content_type,
        properties=message.application_properties or {},
        may_be_copy=may_be_copy,
    )


def make_arrival(
    *,
    message_id: str | None,
    sequence_number: int | None,
    body: bytes,
    enqueued_at: datetime,
    content_type: str | None,
    properties: Mapping[str, Any],
    may_be_copy: bool = True,
) -> Arrival:
    """Make an arrival from the broker's values. A message without an id is identified by its sequence number."""
    enqueued_at = enqueued_at if enqueued_at.tzinfo else enqueued_at.replace(tzinfo=UTC)
    claims = properties if may_be_copy else {}
    return Arrival(
        message_id or f"sequence-number-{sequence_number}",
        body,
        first_enqueued(enqueued_at, claims),
        enqueued_at,
        _count(claims.get(TRY_COUNT), len(_WAITS)),
        content_type,
        {name: _sendable(value) for name, value in properties.items()},
        _count(claims.get(RETURN_COUNT), _MOST_RETURNS),
    )


def _count(claimed: Any, most: int) -> int:
    return claimed if type(claimed) is int and 0 <= claimed <= most else 0  # True is an int, too


def _sendable(value: Any) -> Any:
    """Return a property as the SDK can send it: it sends integers in 32 bits, so a larger one becomes text."""
    return str(value) if type(value) is int and not -(2**31) <= value < 2**31 else value


def first_enqueued(enqueued_at: datetime, properties: Mapping[Any, Any]) -> datetime:
    """Return when the first copy of a message was enqueued.

    The time is ignored if it is longer ago than our copies can take.
    """
    claimed: object = properties.get(ORIGINAL_ENQUEUED_TIME) or properties.get(ORIGINAL_ENQUEUED_TIME.encode())
    try:
        original = datetime.fromisoformat(claimed.decode() if isinstance(claimed, bytes) else str(claimed))
        return original if enqueued_at - _LONGEST_DETOUR <= original <= enqueued_at else enqueued_at
    except (TypeError, ValueError):  # not a time, or one without a zone
        return enqueued_at
