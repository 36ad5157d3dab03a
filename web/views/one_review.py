"""One review as a person may see it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.at_once import together
from adapters.front_door.read_log import Read
from adapters.ledger.store import StoredReview
from compliance.history import AuditRecord
from compliance.people.delegation import Delegation
from compliance.review import Head, RecordedDecision
from web.door import Door
from web.problems import ProblemError, not_found
from web.views.permissions import Permissions, permissions_of, standing_delegations
from web.visitors import Visitor

_REVIEW_ID: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Seen:
    """A review that somebody may see, and what they may do with it."""

    review: StoredReview
    permissions: Permissions
    delegations: Sequence[Delegation]  # the person's standing ones

    @property
    def head(self) -> Head:
        """Its state."""
        return self.review.head

    @property
    def decisions(self) -> list[RecordedDecision]:
        """The decisions that count."""
        return self.review.decisions


@dataclass(frozen=True, slots=True)
class Happening:
    """A record of a review's history. `at` is storage's time if no part of the app had one."""

    record: AuditRecord
    at: datetime


async def review_for(door: Door, visitor: Visitor, review_id: str) -> Seen:
    """Read a review. Raises ProblemError if it does not exist or does not concern the person: both look alike."""
    if not _REVIEW_ID.fullmatch(review_id):
        raise not_found()
    review, delegations = await together(door.ledger.review(review_id), standing_delegations(door, visitor))
    return _seen(door, visitor, review, delegations)


async def other_review_for(door: Door, visitor: Visitor, seen: Seen, review_id: str) -> Seen | None:
    """Read another review than `seen`. None if it does not exist or does not concern the person."""
    try:
        return _seen(door, visitor, await door.ledger.review(review_id), seen.delegations)
    except ProblemError:
        return None


def _seen(door: Door, visitor: Visitor, review: StoredReview | None, delegations: Sequence[Delegation]) -> Seen:
    if review is None:
        raise not_found()
    permissions = permissions_of(visitor, review, delegations, door.now())
    if not permissions.sees:
        raise not_found()
    return Seen(review, permissions, delegations)


async def history_of(door: Door, seen: Seen) -> list[Happening]:
    """Read what has happened to a review, oldest first."""
    records = await door.ledger.audit(seen.head.review_id)
    return [Happening(record, record.at or datetime.fromisoformat(stored)) for record, stored in records]


async def reads_of(door: Door, seen: Seen) -> list[Read] | None:
    """Read who has opened the document, for auditors. None for others."""
    return await door.read_log.list_of(seen.head.review_id) if seen.permissions.read_log else None
