"""`compliance list`: the reviews that are not finished."""

from __future__ import annotations

import asyncio
from typing import Final

import typer

from adapters.ledger.store import StoredReview
from cli.lookup import short
from cli.reviews.shapes import review_shape
from cli.reviews.wording import due_in_words, state, who_decided
from cli.session import JsonOption, Session, in_session, together
from cli.terminal import OUT, print_json, say, table

_AT_ONCE: Final = 16


def list_reviews(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the reviews that are not finished.

    With --json an array of {reviewId, state, verdict, outcome, reason, location, document {container, name, etag,
    sha256, length}, policy {documentClass, version, sha256}, submitter, modifier, caseId, previousReview, stage,
    waitsFor, nextDue {kind, at}, requestedAt, deadline, closedAt, decisions [{seq, decisionId, decision, reviewer,
    onBehalfOf, enqueuedAt, comment, signed}]}.
    """
    reviews = in_session(context, _unfinished)
    if as_json:
        print_json([review_shape(review) for review in reviews])
    elif reviews:
        columns = ("Review", "State", "Document", "Class", "Submitter", "Next due", "Decisions")
        OUT.print(table(columns, map(_row, reviews)))
    else:
        say("No review is unfinished.")


async def _unfinished(session: Session) -> list[StoredReview]:
    ledger, turn = session.app.ledger, asyncio.Semaphore(_AT_ONCE)

    async def review(review_id: str) -> StoredReview:
        async with turn:
            # A review whose head is not written yet stands where its opening row says: at the beginning.
            found = await ledger.review(review_id)
            return found or StoredReview(await ledger.unfinished.as_opened(review_id), [], etag="")

    return await together(review(review_id) for review_id in await ledger.unfinished.ids())


def _row(review: StoredReview) -> tuple[object, ...]:
    head = review.head
    decisions = "; ".join(f"{who_decided(row.decision)}: {row.decision.verdict}" for row in review.decisions)
    return (
        short(head.review_id),
        state(review),
        f"{head.document.container}/{head.document.name}",
        head.policy.document_class,
        head.submitter,
        due_in_words(head),
        decisions or None,
    )
