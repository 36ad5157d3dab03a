"""Correct the rows of lists: compare them with the reviews as sets, both ways.

What differs is read again before anything is written or removed, because reviews go on meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial

from adapters.at_once import gather_few
from adapters.ledger.inboxes import InboxRow, inbox_rows
from adapters.ledger.index_keys import due_key
from adapters.ledger.store import StoredReview
from adapters.ledger.unfinished import ReviewNotFoundError
from compliance.people.identity import person_key
from compliance.review import Head
from reviews.app import App
from reviews.slices import Slice


async def correct_lists(app: App, part: Slice, looked_at: Iterable[StoredReview]) -> list[str]:
    """Correct the lists of the unfinished, of the inboxes and of the submitters for a part of all ids.

    `looked_at` are the reviews with these ids as they were read just now. Returns the reviews whose rows were wrong.
    """
    reviews = {each.head.review_id: each for each in looked_at}
    due = await _listed_by_review(app, part)
    inboxes: dict[str, set[InboxRow]] = defaultdict(set)
    async for row in app.inboxes.rows_of_reviews(part.start, part.end):
        inboxes[row.review_id].add(row)
    suspects = set[str]()
    for review_id in {*reviews, *due, *inboxes}:
        review = reviews.get(review_id)
        wanted = ({due_key(review.head)}, inbox_rows(review.head, review.decisions)) if review else (set(), set())
        if (due[review_id], inboxes[review_id]) != wanted:
            suspects.add(review_id)
    corrected = await gather_few(partial(_correct, app, each, due[each], inboxes[each]) for each in sorted(suspects))
    submitted = await _correct_submitted(app, [each.head for each in reviews.values()])
    return [each for each in corrected if each] + submitted


async def _listed_by_review(app: App, part: Slice) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    async for row in app.ledger.unfinished.rows_of_reviews(part.start, part.end):
        found[row.review_id].add(row.key)
    return found


async def _correct(app: App, review_id: str, due: set[str], inboxes: set[InboxRow]) -> str | None:
    """Make the rows of a review as it is now. Returns its id if one was wrong."""
    stored = await app.ledger.review(review_id)
    is_listed = await app.ledger.unfinished.has(review_id)
    head = stored.head if stored else None
    if is_listed and head is None:
        try:
            head = await app.ledger.unfinished.as_opened(review_id)
        except ReviewNotFoundError:
            is_listed = False
    wanted = {due_key(head)} if head and is_listed else set[str]()
    waits = inbox_rows(stored.head, stored.decisions) if stored and is_listed else set[InboxRow]()
    if head and wanted - due:
        await app.ledger.unfinished.list_again(head)
    for key in due - wanted:
        await app.ledger.unfinished.unlist(key)
    for row in waits - inboxes:
        await app.inboxes.put(row)
    for row in inboxes - waits:
        await app.inboxes.delete(row)
    return review_id if (wanted, waits) != (due, inboxes) else None


async def _correct_submitted(app: App, heads: Sequence[Head]) -> list[str]:
    """List for its submitter whatever review is not listed: an opener may have died before it could."""
    by_person: dict[str, list[Head]] = defaultdict(list)
    for head in heads:
        if head.submitter:
            by_person[person_key(head.submitter)].append(head)
    missing = await gather_few(partial(app.ledger.own.missing_submissions, key, by_person[key]) for key in by_person)
    found = [head for of_one in missing for head in of_one]
    await gather_few(partial(app.ledger.own.put_submitted, head) for head in found)
    return [head.review_id for head in found]
