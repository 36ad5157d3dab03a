"""Submitted documents, and waiting for their outcomes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from rich.progress import Progress, SpinnerColumn, TextColumn

from cli.failures import ExitCode
from cli.lookup import short_id, wait_for
from cli.reviews.review_text import state_in_words
from cli.reviews.view import ReviewView
from cli.session import Session, run_together
from cli.terminal import err, escape_invisible, moment
from compliance.outcome import Outcome, ReviewState
from contracts.names import PENDING


@dataclass(slots=True)
class SubmittedDocument:
    """A submitted document, and what is known so far about its review."""

    review_id: str
    name: str
    etag: str
    supersedes: str | None
    review: ReviewView | None = None
    missed: Outcome | None = None  # superseded or gone, if it was before a review could open

    @property
    def outcome(self) -> Outcome | None:
        """How its review ended; None if it has not ended."""
        return self.missed or (self.review.head.outcome if self.review else None)

    async def refresh(self, session: Session) -> Outcome | None:
        """Read the review again; return its outcome, or None."""
        await self._read(session)
        if self.review is None:
            current = await session.documents.current(PENDING, self.name)
            if current is None or current.etag != self.etag:
                # The review may have opened, and even ended, since it was read.
                await self._read(session)
                if self.review is None:
                    self.missed = Outcome.SUPERSEDED if current else Outcome.GONE
        return self.outcome

    async def _read(self, session: Session) -> None:
        stored = await session.ledger.review(self.review_id)
        self.review = ReviewView.of(stored) if stored else None

    def row(self) -> tuple[object, ...]:
        """Return review, document, outcome and place for people."""
        if self.review is None:
            outcome = f"{self.missed} before its review opened" if self.missed else "no review has opened"
            return short_id(self.review_id), self.name, outcome, None
        return short_id(self.review_id), self.name, state_in_words(self.review), self.review.head.location

    def status_line(self) -> str:
        """Return how far it is."""
        if self.review is None:
            return f"{escape_invisible(self.name)}: no review yet"
        head = self.review.head
        waiting = head.state is ReviewState.OPEN and head.deadline
        until = f", reviewers have until {moment(head.deadline)}" if waiting else ""
        return f"{escape_invisible(self.name)}: {state_in_words(self.review)}{until}"


async def await_outcomes(
    session: Session, documents: list[SubmittedDocument], most_seconds: float | None, *, quiet: bool
) -> None:
    """Wait until all have an outcome, for `most_seconds` at most; the documents hold what is known then."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=err(), disable=quiet, transient=True) as progress:

        async def wait_for_outcome(document: SubmittedDocument) -> None:
            task = progress.add_task(document.status_line(), total=None)

            async def look() -> Outcome | None:
                outcome = await document.refresh(session)
                progress.update(task, description=document.status_line())
                return outcome

            await wait_for(look)

        try:
            async with asyncio.timeout(most_seconds):
                await run_together(map(wait_for_outcome, documents))
        except TimeoutError:
            return


def exit_code_of(documents: list[SubmittedDocument]) -> ExitCode:
    """Return one exit code for all documents: that of the worst outcome."""
    outcomes = {document.outcome for document in documents}
    if Outcome.FAILED in outcomes:
        return ExitCode.FAILED
    if None in outcomes:
        return ExitCode.TIMEOUT
    return ExitCode.DONE if outcomes == {Outcome.APPROVED} else ExitCode.REFUSED
