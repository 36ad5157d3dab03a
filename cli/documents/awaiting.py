"""Waiting until submitted documents have their outcome."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from rich.progress import Progress, SpinnerColumn, TextColumn

from cli.failures import ExitCode
from cli.lookup import eventually, short
from cli.reviews.review_text import state_in_words
from cli.reviews.view import ReviewView
from cli.session import together
from cli.terminal import ERR, escape_invisible, moment
from compliance.outcome import Outcome, ReviewState
from contracts.names import PENDING
from reviews.app import App


@dataclass(slots=True)
class Awaited:
    """A submitted document and what is known of its review so far."""

    review_id: str
    name: str
    etag: str
    supersedes: str | None
    review: ReviewView | None = None
    replaced: bool = False  # by other bytes, before a review could open

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None while it has not."""
        if self.replaced:
            return Outcome.SUPERSEDED
        return self.review.head.outcome if self.review else None

    async def look(self, app: App) -> Outcome | None:
        """Read where the document stands now."""
        await self._read(app)
        if self.review is None:
            current = await app.documents.current(PENDING, self.name)
            if current is None or current.etag != self.etag:
                # Its review may have opened, and even ended, since the first look.
                await self._read(app)
                self.replaced = self.review is None
        return self.outcome

    async def _read(self, app: App) -> None:
        stored = await app.ledger.review(self.review_id)
        self.review = ReviewView.of(stored) if stored else None

    def told(self) -> tuple[object, ...]:
        """Review, document, outcome and place for people."""
        if self.review is None:
            outcome = "replaced before its review opened" if self.replaced else "no review has opened"
            return short(self.review_id), self.name, outcome, None
        return short(self.review_id), self.name, state_in_words(self.review), self.review.head.location

    def progress(self) -> str:
        """Where it stands, in a line."""
        if self.review is None:
            return f"{escape_invisible(self.name)}: no review yet"
        head = self.review.head
        waiting = head.state is ReviewState.OPEN and head.deadline
        until = f", reviewers have until {moment(head.deadline)}" if waiting else ""
        return f"{escape_invisible(self.name)}: {state_in_words(self.review)}{until}"


async def await_outcomes(app: App, documents: list[Awaited], most_seconds: float | None, *, quiet: bool) -> None:
    """Wait until all have their outcome, or for so many seconds; what is known then is in the documents."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=ERR, disable=quiet, transient=True) as progress:

        async def ended(document: Awaited) -> None:
            task = progress.add_task(document.progress(), total=None)

            async def look() -> Outcome | None:
                outcome = await document.look(app)
                progress.update(task, description=document.progress())
                return outcome

            await eventually(look)

        try:
            async with asyncio.timeout(most_seconds):
                await together(map(ended, documents))
        except TimeoutError:
            return


def exit_code_of(documents: list[Awaited]) -> ExitCode:
    """One code for all: the worst that happened to any of them."""
    outcomes = {document.outcome for document in documents}
    if Outcome.FAILED in outcomes:
        return ExitCode.FAILED
    if None in outcomes:
        return ExitCode.TIMEOUT
    return ExitCode.DONE if outcomes == {Outcome.APPROVED} else ExitCode.REFUSED
