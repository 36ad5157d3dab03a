"""Submitted documents, and waiting for what becomes of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum, auto

from rich.progress import Progress, SpinnerColumn, TextColumn

from cli.failures import ExitCode
from cli.local_time import LocalTime
from cli.lookup import wait_for
from cli.reviews.sentence import sentence
from cli.reviews.view import ReviewView
from cli.session import Session, run_together
from cli.terminal import err, escape_invisible
from compliance.outcome import Outcome, outcome_of
from contracts.names import PENDING


class Until(Enum):
    """How long a submitter waits."""

    UPLOADED = auto()
    INSPECTED = auto()  # until reviewers are asked, or the document is refused
    CLOSED = auto()


@dataclass(slots=True)
class SubmittedDocument:
    """A submitted document, and what is known so far about its review."""

    review_id: str
    name: str
    etag: str
    supersedes: str | None
    review: ReviewView | None = None
    missed: Outcome | None = None  # superseded or gone, if it was before a review could open
    uploaded: bool = True  # False if it was there already

    @property
    def outcome(self) -> Outcome | None:
        """How its review ended; None if it has not ended."""
        return self.missed or (self.review.head.outcome if self.review else None)

    def has_come(self, until: Until) -> bool:
        """Return whether its submitter need not wait longer."""
        if until is Until.INSPECTED and self.review and self.review.head.inspected:
            return True
        return until is Until.UPLOADED or self.outcome is not None

    async def refresh(self, session: Session) -> None:
        """Read the review again."""
        await self._read(session)
        if self.review is None:
            current = await session.documents.current(PENDING, self.name)
            if current is None or current.etag != self.etag:
                # The review may have opened, and even ended, since it was read.
                await self._read(session)
                if self.review is None:
                    self.missed = Outcome.SUPERSEDED if current else Outcome.GONE

    async def _read(self, session: Session) -> None:
        stored = await session.ledger.review(self.review_id)
        self.review = ReviewView.of(stored) if stored else None

    def in_words(self, time: LocalTime) -> str:
        """Return in a sentence how far it is."""
        if self.review:
            return sentence(self.review, time)
        return f"{self.missed.capitalize()} before its review opened." if self.missed else "No review has opened yet."

    def code(self, until: Until) -> ExitCode:
        """Return the exit code for what its submitter has waited for."""
        if not self.has_come(until):
            return ExitCode.TIMEOUT
        head = self.review.head if self.review else None
        outcome = self.outcome or (outcome_of(head.verdict) if head and head.verdict else None)
        if outcome in (None, Outcome.APPROVED) or until is Until.UPLOADED:
            return ExitCode.DONE
        return ExitCode.FAILED if outcome is Outcome.FAILED else ExitCode.REFUSED


async def await_documents(
    session: Session, documents: list[SubmittedDocument], until: Until, most_seconds: float | None, *, quiet: bool
) -> None:
    """Wait for all documents, for `most_seconds` at most; they hold what is known then."""
    columns, time = (SpinnerColumn(), TextColumn("{task.description}", markup=False)), LocalTime.here()
    with Progress(*columns, console=err(), disable=quiet, transient=True) as progress:

        async def wait_for_one(document: SubmittedDocument) -> None:
            task = progress.add_task(escape_invisible(document.name), total=None)

            async def look() -> bool | None:
                await document.refresh(session)
                progress.update(task, description=escape_invisible(f"{document.name}: {document.in_words(time)}"))
                return document.has_come(until) or None

            await wait_for(look)

        try:
            async with asyncio.timeout(most_seconds):
                await run_together(map(wait_for_one, documents))
        except TimeoutError:
            return
