"""Telling people of a review, on topic `review-requests`, which drops a second message of the same id."""

from __future__ import annotations

from typing import Literal

from adapters.ledger.unfinished import ReviewNotFoundError
from adapters.telemetry import decisions_requested
from compliance.review import Head
from compliance.rounds import audience_of
from contracts.messages.outbound import ReviewRequestedV1, document_facts, policy_facts
from contracts.names import REVIEW_REQUESTS
from reviews.app import Adapters


async def undecided(app: Adapters, head: Head) -> tuple[str, ...] | None:
    """Who of the open stage has not decided, as the policy names them. Empty: anyone. None: it is over meanwhile.

    Raises ReviewNotFoundError.
    """
    if not any(part.reviewers for part in head.policy.stages[head.stage].parts):
        return ()
    stored = await app.ledger.review(head.review_id)
    if stored is None:
        raise ReviewNotFoundError(head.review_id)
    return audience_of(stored.head, stored.decisions) if stored.head.stages_over <= head.stage else None


async def ask(
    app: Adapters,
    head: Head,
    round_name: Literal["request", "reminder", "escalation"],
    number: int,
    audience: tuple[str, ...] | None,
) -> None:
    """Send one message about an open review. `number` tells the rounds of one name apart; none for the only one.

    Nothing is sent to the audience None.
    """
    if audience is None:
        return
    if head.deadline is None:
        raise ValueError(f"review {head.review_id} is open but was not inspected")
    request = ReviewRequestedV1(
        review_id=head.review_id,
        document=document_facts(head),
        policy=policy_facts(head.policy),
        stage=head.policy.stages[head.stage].name,
        deadline=head.deadline,
        round=round_name,
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
    decisions_requested(head, round_name)
