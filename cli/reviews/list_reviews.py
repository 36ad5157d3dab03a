"""`compliance list`: the reviews that are not finished, and those whose document is being retracted."""

from __future__ import annotations

import asyncio
from typing import Final

import typer

from cli.json_output import prints_json
from cli.reviews.review_json import ReviewJson, review_json
from cli.reviews.review_text import review_row
from cli.reviews.view import ReviewView
from cli.session import JsonOption, Session, in_session, run_together
from cli.terminal import OUT, print_json, say, table

_AT_ONCE: Final = 16
_COLUMNS: Final = ("Review", "State", "Document", "Class", "Submitter", "Next due", "Decisions")


@prints_json(list[ReviewJson])
def list_reviews(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the reviews that are not finished."""
    reviews = in_session(context, _unfinished)
    if as_json:
        print_json(list(map(review_json, reviews)))
    elif reviews:
        OUT.print(table(_COLUMNS, map(review_row, reviews)))
    else:
        say("No review is unfinished.")


async def _unfinished(session: Session) -> list[ReviewView]:
    ledger, turn = session.app.ledger, asyncio.Semaphore(_AT_ONCE)

    async def view(review_id: str) -> ReviewView:
        async with turn:
            stored = await ledger.review(review_id)
            # If the head is not written yet, the review is at its beginning: as its opening row says.
            return ReviewView.of(stored) if stored else ReviewView(await ledger.unfinished.as_opened(review_id))

    unfinished = dict.fromkeys(await ledger.unfinished.ids() + await ledger.retractions.ids())
    return await run_together(map(view, unfinished))
