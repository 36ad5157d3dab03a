"""`compliance show`: everything about one review."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.blobs.documents import Documents
from adapters.ledger.store import StoredReview
from cli.lookup import ReviewArgument, find
from cli.reviews.case import earlier_review_row, earlier_reviews
from cli.reviews.past import show_past
from cli.reviews.rules import rules
from cli.reviews.shapes import EventShape, ReviewInFull, review_in_full
from cli.reviews.wording import due_in_words, state, who_decided, who_did
from cli.session import JsonOption, Session, in_session
from cli.terminal import OUT, facts, moment, print_json, table
from compliance.outcome import ReviewState
from compliance.review import Head


def show(
    context: typer.Context,
    review: ReviewArgument,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Show it as it was then: ISO 8601, UTC where no zone is said."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a review: its timeline, where the document is, who decided what and why, and its policy.

    Times are those of the app or the broker; where neither knows one, it is storage's and marked with *.

    With --at the state at that moment is recreated from the audit trail, which is checked first; names, rules and
    comments are those that it commits to. A decision counts from when the broker took it, but not before what was
    recorded before it. A TIME without a fraction of a second takes in all of that second.

    With --at and --json one object {reviewId, at, records, facts, decisions [{seq, decision, reviewer, enqueuedAt,
    sha256}]}; the facts are all that had its own value by then, names by their SHA-256.

    With --json one object: the keys of `compliance list`, and earlier [{reviewId, state, outcome, reason, closedAt,
    changesRequested {reviewer, comment, enqueuedAt}}], the reviews of the same case before this one, whereabouts,
    rules {stages [{name, parts [{group, reviewers, approvalsNeeded}]}], rejectVeto, mayChangeMind, separationOfDuties,
    commentRequiredOnReject, deadlineHours, archiveTier, maxBytes}, timeline [{seq, event, at, storedAt, who,
    onBehalfOf, signed, detail}].
    """
    if at:
        show_past(context, review, at, as_json)
        return

    async def read(session: Session) -> tuple[StoredReview, list[StoredReview], ReviewInFull]:
        ledger = session.app.ledger
        found = await find(ledger, review)
        history, earlier = await ledger.audit(found.head.review_id), await earlier_reviews(ledger, found.head)
        whereabouts = await _whereabouts(session.app.documents, found.head)
        return found, earlier, review_in_full(found, whereabouts, history, earlier)

    stored, earlier, full = in_session(context, read)
    if as_json:
        print_json(full)
        return
    OUT.print(facts(_facts(stored, full)))
    OUT.print()
    if earlier:
        columns = ("Earlier review", "State", "Changes asked for by", "Changes")
        OUT.print(table(columns, map(earlier_review_row, earlier)))
        OUT.print()
    if full.decisions:
        said = (
            (moment(row.enqueued_at), who_decided(row), row.decision, "signed" if row.signed else None, row.comment)
            for row in full.decisions
        )
        OUT.print(table(("Decided", "Reviewer", "Decision", "Proof", "Comment"), said))
        OUT.print()
    OUT.print(table(("Time", "Event", "Who", "Detail"), map(_happening, full.timeline)))


async def _whereabouts(documents: Documents, head: Head) -> str:
    if head.location:
        return head.location
    document = head.document
    place = f"{document.container}/{document.name}"
    current = await documents.current(document.container, document.name)
    if current is None:
        return f"no longer at {place}"
    return place if current.etag == document.etag else f"overwritten; {place} holds newer bytes"


def _facts(review: StoredReview, full: ReviewInFull) -> list[tuple[str, object]]:
    document, policy = full.document, full.policy
    length = "size unknown" if document.length is None else f"{document.length:,} bytes"
    return [
        ("Review", full.review_id),
        ("State", state(review)),
        ("Document", f"{document.container}/{document.name} ({length})"),
        ("SHA-256", document.sha256),
        ("ETag", document.etag),
        ("Now", full.whereabouts),
        ("Case", f"since review {full.case_id}" if full.previous_review else None),
        ("Submitter", full.submitter),
        ("Changed last by", full.modifier),
        ("Findings", "; ".join(f"{found.kind}: {found.detail}" for found in document.findings or ()) or None),
        ("Waits for", _waits_for(review, full)),
        ("Next due", due_in_words(review.head)),
        ("Deadline", moment(full.deadline)),
        ("Policy", f"{policy.document_class}, version {policy.version}, SHA-256 {policy.sha256}"),
        *rules(review.head.policy),
    ]


def _waits_for(review: StoredReview, full: ReviewInFull) -> str | None:
    if full.state is not ReviewState.OPEN or not review.head.inspected:
        return None
    return f"{', '.join(full.waits_for) or 'anyone'} in the stage {full.stage}"


def _happening(event: EventShape) -> tuple[object, ...]:
    time = moment(event.at) if event.at else f"{moment(event.stored_at)} *"
    return time, event.event.replace("_", " "), who_did(event), event.detail
