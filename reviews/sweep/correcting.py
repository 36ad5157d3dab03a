"""Correct the rows of lists: compare them with the reviews as sets, both ways.

What differs is read again before anything is written or removed, because reviews go on meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from adapters.at_once import gather_few
from adapters.ledger.lists.inboxes import InboxRow, inbox_rows
from adapters.ledger.lists.index_keys import due_key
from adapters.ledger.store import StoredReview
from compliance.people.identity import person_key
from compliance.review import Head
from reviews.app import App
from reviews.sweep.slices import Slice


@dataclass(frozen=True, slots=True)
class Suspect:
    """A review whose rows did not fit it when it was read, and those rows."""

    review_id: str
    due: frozenset[str]  # keys in the list of the unfinished
    inboxes: frozenset[InboxRow]


async def compare_lists(app: App, part: Slice, looked_at: Iterable[StoredReview]) -> list[Suspect]:
    """Compare the list of the unfinished and the inboxes with a part of the reviews.

    `looked_at` are the reviews of this part as they were read just now; those that could not be read are left alone.
    """
    reviews = {each.head.review_id: each for each in looked_at}
    due: dict[str, set[str]] = defaultdict(set)
    inboxes: dict[str, set[InboxRow]] = defaultdict(set)
    async for listed in app.ledger.unfinished.rows_of_reviews(part.start, part.end):
        due[listed.review_id].add(listed.key)
    async for row in app.inboxes.rows_of_reviews(part.start, part.end):
        inboxes[row.review_id].add(row)
    suspects: list[Suspect] = []
    for review_id in sorted({*reviews, *due, *inboxes} - ({*part.ids} - {*reviews})):
        review = reviews.get(review_id)
        wanted = ({due_key(review.head)}, inbox_rows(review.head, review.decisions)) if review else (set(), set())
        if (due[review_id], inboxes[review_id]) != wanted:
            suspects.append(Suspect(review_id, frozenset(due[review_id]), frozenset(inboxes[review_id])))
    return suspects


async def correct(app: App, suspect: Suspect) -> bool:
    """Make a review's rows fit it as it is now. Returns whether any was wrong."""
    stored = await app.ledger.review(suspect.review_id)
    is_listed = await app.ledger.unfinished.has(suspect.review_id)
    head = stored.head if stored else None
    if is_listed and head is None:
        head = await app.ledger.unfinished.as_opened(suspect.review_id)
    due = {due_key(head)} if head and is_listed else set[str]()
    inboxes = inbox_rows(stored.head, stored.decisions) if stored and is_listed else set[InboxRow]()
    if head and due - suspect.due:
        await app.ledger.unfinished.list_again(head)
    for key in suspect.due - due:
        await app.ledger.unfinished.unlist(key)
    for row in inboxes - suspect.inboxes:
        await app.inboxes.put(row)
    for row in suspect.inboxes - inboxes:
        await app.inboxes.delete(row)
    return (due, inboxes) != (suspect.due, suspect.inboxes)


async def list_submitted(app: App, heads: Sequence[Head]) -> list[str]:
    """List for their submitters the reviews that are not listed: an opener may have died before it could."""
    by_person: dict[str, list[Head]] = defaultdict(list)
    for head in heads:
        if head.submitter:
            by_person[person_key(head.submitter)].append(head)
    missing = await gather_few(partial(app.ledger.own.missing_submissions, key, by_person[key]) for key in by_person)
    found = [head for of_one in missing for head in of_one]
    await gather_few(partial(app.ledger.own.put_submitted, head) for head in found)
    return [head.review_id for head in found]
