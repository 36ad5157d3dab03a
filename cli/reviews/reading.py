"""Reading everything about one review."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Final

from azure.core.exceptions import AzureError

from adapters.ledger.store import Ledger
from adapters.policies import PolicyError, load_policies
from adapters.settings import SettingsError
from cli.access.reachability import UnreachableError
from cli.lookup import find_named_review
from cli.quarantine.refused_messages import read_queue
from cli.reviews.view import RefusedAttempt, ReviewView
from cli.session import Session, run_together
from cli.whereabouts import whereabouts
from compliance.outcome import ReviewState
from compliance.review import Head
from contracts.names import DECISIONS_QUARANTINE
from reviews.documents.background import published_name, same_bytes

_LONGEST_LOOK: Final = 3  # seconds
_MOST_OTHERS: Final = 5


async def read_review(session: Session, review: str) -> ReviewView:
    """Read everything about the review of this id, or about the newest one of this document. Raises CommandError."""
    ledger = session.ledger
    stored = await find_named_review(ledger, review)
    refused = asyncio.create_task(refused_attempts(session, stored.head.review_id))
    replaces, name_taken = None, None
    if stored.head.state is ReviewState.OPEN:
        replaces, name_taken = await published_name(ledger, session.documents, stored.head)
    return ReviewView(
        stored.head,
        stored.decisions,
        [
            (record, datetime.fromisoformat(stored_at))
            for record, stored_at in await ledger.audit(stored.head.review_id)
        ],
        await _earlier_reviews(ledger, stored.head),
        await whereabouts(session.documents, stored.head),
        _policy_now(session.policy_file, stored.head),
        replaces,
        await same_bytes(ledger, stored.head),
        name_taken,
        await newest_of_name(ledger, stored.head),
        await _others_of_name(ledger, stored.head),
        await refused,
    )


async def newest_review(ledger: Ledger, container: str, name: str) -> str | None:
    """Return the id of the newest review of a document's name; None if there is none."""
    found = await ledger.names.reviews_of(container, name)
    return found[-1] if found else None


async def newest_of_name(ledger: Ledger, head: Head) -> Head | None:
    """Return the head of the newest review of the same name; None if that is this one."""
    if head.state is ReviewState.OPEN:
        return None  # a newer one would have superseded it
    newest = await newest_review(ledger, head.document.container, head.document.name)
    return await ledger.find(newest) if newest and newest != head.review_id else None


async def _others_of_name(ledger: Ledger, head: Head) -> list[ReviewView]:
    """Read the newest other reviews of the same document name, newest first."""
    found = await ledger.names.reviews_of(head.document.container, head.document.name)
    others = [review_id for review_id in reversed(found) if review_id != head.review_id][:_MOST_OTHERS]
    read = await run_together(ledger.review(review_id) for review_id in others)
    return [ReviewView.of(each) for each in read if each]


async def refused_attempts(session: Session, review_id: str) -> list[RefusedAttempt] | None:
    """Read the messages about a review that could not count and are still in quarantine.

    None if whoever looks has no access to it, or it is so full that it cannot be read in a moment.
    """
    try:
        async with asyncio.timeout(_LONGEST_LOOK):
            held = await read_queue(session.messages, DECISIONS_QUARANTINE)
    except (AzureError, SettingsError, UnreachableError, TimeoutError):
        return None
    found = (message.in_list() for message in held)
    return [
        RefusedAttempt(
            id=each.id,
            at=each.enqueued_at,
            sender=each.sender,
            refused_because=each.refused_because,
            explanation=each.explanation,
        )
        for each in found
        if each.review_id == review_id
    ]


def _policy_now(file: Path | None, head: Head) -> str | None:
    """Return the version of the policy file if its rules for the review's class are not those that the review keeps."""
    if file is None:
        return None
    try:
        policies = load_policies(file)
    except PolicyError:
        return None  # `policy check` reports it
    now = policies.by_class.get(head.policy.document_class)
    return policies.version if now is None or now.sha256 != head.policy.sha256 else None


async def _earlier_reviews(ledger: Ledger, head: Head) -> list[ReviewView]:
    found: list[ReviewView] = []
    while head.previous_review and (review := await ledger.review(head.previous_review)):
        found.insert(0, ReviewView.of(review))
        head = review.head
    return found
