"""Reading the reviews that are not finished, and those whose document is being retracted."""

from __future__ import annotations

import asyncio
from typing import Final

from cli.reviews.view import ReviewView
from cli.session import Session, run_together

_AT_ONCE: Final = 16


async def read_unfinished(session: Session) -> list[ReviewView]:
    """Read every unfinished review."""
    ledger, turn = session.ledger, asyncio.Semaphore(_AT_ONCE)

    async def view(review_id: str) -> ReviewView:
        async with turn:
            stored = await ledger.review(review_id)
            # If the head is not written yet, the review is at its beginning: as its opening row says.
            return ReviewView.of(stored) if stored else ReviewView(await ledger.unfinished.as_opened(review_id))

    unfinished = dict.fromkeys(await ledger.unfinished.ids() + await ledger.retractions.ids())
    return await run_together(map(view, unfinished))
