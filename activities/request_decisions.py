"""Asks the reviewers, on topic `review-requests`. The topic drops a second request of the same review and round."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from adapters.composition import adapters
from adapters.telemetry import decisions_requested
from compliance.outcome import ReviewState
from contracts.outbound import ReviewRequestedV1, document_facts, policy_facts
from contracts.workflow import REVIEW_REQUESTS, ReviewStep

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def request_decisions(step: dict[str, Any]) -> None:
    """Send the request unless the review was decided meanwhile."""
    asked, app = ReviewStep.model_validate(step), adapters()
    head = await app.ledger.head(asked.review_id)
    if head is None or head.deadline is None or head.state is not ReviewState.OPEN:
        return
    request = ReviewRequestedV1(
        review_id=head.review_id,
        document=document_facts(head),
        policy=policy_facts(head.policy),
        deadline=head.deadline,
        round="request",
        audience=head.policy.reviewers,
    )
    await app.messages.send(
        REVIEW_REQUESTS,
        request.wire(),
        message_id=f"{head.review_id}-{request.round}",
        application_properties={"documentClass": head.policy.document_class, "round": request.round},
    )
    decisions_requested(head)
