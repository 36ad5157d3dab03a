"""`compliance show`: everything about one review, now or at a moment of its past."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.ledger.store import Ledger
from adapters.policies import PolicyError, load_policies
from cli.json_output import prints_json
from cli.lookup import ReviewArgument, find_review
from cli.reviews.past import parse_moment, read_past
from cli.reviews.review_json import FullReviewJson, full_review_json
from cli.reviews.review_text import review_in_full
from cli.reviews.view import ReviewView
from cli.session import JsonOption, Session, in_session
from cli.terminal import OUT, print_json
from cli.whereabouts import whereabouts
from compliance.outcome import ReviewState
from compliance.review import Head
from reviews.documents.background import published_version, same_bytes


@prints_json(
    FullReviewJson,
    "with --at, earlier, whereabouts, replaces, sameBytes and policyNow are null, and rules and waitsFor if the policy "
    "has changed since",
)
def show(
    context: typer.Context,
    review: ReviewArgument,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Show it as it was then (ISO 8601; UTC if it has no zone)."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show everything about one review.

    Times are those of the app or the broker; if neither has one, storage's time is shown, marked with *.

    With --at the review is rebuilt as it was then from its audit trail, which is verified first. A decision counts
    from when the broker accepted it, but not before anything that was recorded earlier. A TIME without a fraction of
    a second means the end of that second.
    """
    moment = parse_moment(at) if at else None
    view = in_session(context, lambda session: read_past(session, review, moment) if moment else _read(session, review))
    if as_json:
        print_json(full_review_json(view))
    else:
        for part in review_in_full(view):
            OUT.print(part)


async def _read(session: Session, review: str) -> ReviewView:
    ledger = session.app.ledger
    stored = await find_review(ledger, review)
    return ReviewView(
        stored.head,
        stored.decisions,
        [
            (record, datetime.fromisoformat(stored_at))
            for record, stored_at in await ledger.audit(stored.head.review_id)
        ],
        await _earlier_reviews(ledger, stored.head),
        await whereabouts(session.app.documents, stored.head),
        _policy_now(session.settings.policy_file, stored.head),
        await published_version(ledger, stored.head) if stored.head.state is ReviewState.OPEN else None,
        await same_bytes(ledger, stored.head),
    )


def _policy_now(file: Path, head: Head) -> str | None:
    """Return the version of the policy file if its rules for the review's class are not those that the review keeps."""
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
