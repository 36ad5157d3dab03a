"""Ask reviewers for decisions, on topic `review-requests`, which drops a second message with the same id."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from adapters.ledger.unfinished import ReviewNotFoundError
from adapters.telemetry import log_decisions_requested
from compliance.outcome import ReviewState
from compliance.review import Head
from compliance.rounds import audience_of, escalate, escalated_to, open_stage, remind
from compliance.rulings import Transition
from compliance.transitions import begin
from contracts.history import Inspection
from contracts.messages.outbound import MOST_EARLIER, ReviewRequestedV1, document_facts, policy_facts
from contracts.names import REVIEW_REQUESTS
from contracts.policy_file.business_time import later_by
from reviews.app import App
from reviews.documents.background import published_name, same_bytes
from reviews.listing import correct_inboxes, list_request


async def pending_reviewers(app: App, head: Head) -> tuple[str, ...] | None:
    """Return the reviewers of the open stage who have not decided, spelled as in the policy.

    Empty if anyone may decide; None if the stage has ended meanwhile. Raises ReviewNotFoundError.
    """
    if not any(part.reviewers for part in head.policy.stages[head.stage].parts):
        return ()
    stored = await app.ledger.review(head.review_id)
    if stored is None:
        raise ReviewNotFoundError(head.review_id)
    return audience_of(stored.head, stored.decisions) if stored.head.stages_over <= head.stage else None


async def ask(
    app: App,
    head: Head,
    round_name: Literal["request", "reminder", "escalation"],
    number: int | str,
    audience: tuple[str, ...] | None,
    *,
    first_of_bytes: bool = False,
) -> None:
    """Send one message about an open review to its audience. Does nothing if `audience` is None.

    `number` distinguishes repeated rounds (reminder 1, 2, ...); 0 for a round that happens once. `first_of_bytes` says
    that no other review of the same bytes is known.
    """
    if audience is None:
        return
    if head.deadline is None:
        raise ValueError(f"review {head.review_id} is open but was not inspected")
    replaces, name_taken = await published_name(app.ledger, app.documents, head)
    request = ReviewRequestedV1(
        review_id=head.review_id,
        document=document_facts(head),
        policy=policy_facts(head.policy),
        submitter=head.submitter,
        modifier=head.modifier,
        earlier_submitters=head.earlier_submitters[-MOST_EARLIER:] or None,
        earlier_modifiers=head.earlier_modifiers[-MOST_EARLIER:] or None,
        replaces=replaces,
        name_taken=name_taken,
        same_bytes=(None if first_of_bytes else await same_bytes(app.ledger, head) or None),
        stage=head.policy.stages[head.stage].name,
        deadline=head.deadline,
        round=round_name,
        environment=app.environment,
        audience=audience,
    )
    await app.messages.send(
        REVIEW_REQUESTS,
        request.wire(),
        message_id=f"{head.review_id}-{round_name}" + (f"-{number}" if number else ""),
        application_properties={
            "documentClass": head.policy.document_class,
            "round": round_name,
            "stage": request.stage,
        },
    )
    log_decisions_requested(head, round_name)


async def request_decisions(app: App, review_id: str, inspection: Inspection | None, at: datetime) -> Head:
    """Begin the reviewers' time with the inspection, or open a later stage without one; then ask the stage's reviewers.

    Asks nobody if the review is decided. Returns its head. Safe to do twice. Raises ReviewNotFoundError,
    LedgerConflictError.
    """

    def begin_or_open(stored: Head) -> Transition:
        if inspection is None or stored.inspected:  # an earlier run has stored the inspection
            return open_stage(stored, at)
        document = replace(stored.document, sha256=inspection.sha256, length=inspection.length)
        later = later_by(stored.policy.calendar)
        return begin(stored, document, at, inspection.refused, later, findings=inspection.findings)

    head = await app.ledger.change(review_id, begin_or_open)
    sha256 = head.document.sha256
    is_first = await app.ledger.hashes.put(sha256, head.review_id) if sha256 and not head.stage else False
    if head.state is ReviewState.OPEN:
        # In the first stage nobody has decided yet, so no decisions have to be read.
        audience = await pending_reviewers(app, head) if head.stage else audience_of(head, ())
        await ask(app, head, "request", head.stage, audience, first_of_bytes=is_first)
    await list_request(app, head)
    return head


async def remind_reviewers(app: App, review_id: str, number: int, at: datetime) -> Head:
    """Record reminder `number` (from 1) and send it, unless the review is decided. Returns its head. Safe to do twice.

    Raises ReviewNotFoundError, LedgerConflictError.
    """
    head = await app.ledger.change(review_id, lambda stored: remind(stored, number, at))
    if head.state is ReviewState.OPEN:
        await ask(app, head, "reminder", number, await pending_reviewers(app, head))
    return head


async def escalate_review(app: App, review_id: str, at: datetime) -> Head:
    """Escalate an open review and ask the people whom the policy names. Returns its head. Safe to do twice.

    Raises ReviewNotFoundError, LedgerConflictError.
    """
    head = None
    async for attempt in app.ledger.attempts(review_id):
        transition = escalate(attempt.review.head, attempt.review.decisions, at)
        head = (await attempt.commit(transition)).head
    if head is None:
        raise ReviewNotFoundError(review_id)
    if head.state is ReviewState.OPEN and head.policy.escalation:
        await ask(app, head, "escalation", 0, escalated_to(head) or None)
        await correct_inboxes(app, review_id, escalated_to(head))
    return head
