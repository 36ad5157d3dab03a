"""Begins the reviewers' time and asks them, on topic `review-requests`.

The topic drops a second request of the same review and round.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import azure.durable_functions as df

from activities.standing import standing_of
from adapters.composition import Adapters, adapters
from adapters.telemetry import decisions_requested
from compliance.ledger import begin
from compliance.outcome import ReviewState
from compliance.review import Head, Transition
from compliance.rounds import audience_of
from contracts.outbound import ReviewRequestedV1, document_facts, policy_facts
from contracts.workflow import REVIEW_REQUESTS, RequestStep

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def request_decisions(step: dict[str, Any]) -> dict[str, Any]:
    """Store what was inspected, then send the request unless the review is decided."""
    asked, app = RequestStep.model_validate(step), adapters()
    head = await app.ledger.change(asked.review_id, lambda stored: _begun(stored, asked))
    if head.state is ReviewState.OPEN:
        await _send_request(app, head)
        decisions_requested(head)
    return standing_of(head)


def _begun(stored: Head, asked: RequestStep) -> Transition:
    found = asked.inspection
    if found is None:
        return Transition(stored)
    document = replace(stored.document, sha256=found.sha256, length=found.length)
    return begin(stored, document, asked.at, found.refused, findings=found.findings)


async def _send_request(app: Adapters, head: Head) -> None:
    if head.deadline is None:
        raise ValueError(f"review {head.review_id} is open but was not inspected")
    request = ReviewRequestedV1(
        review_id=head.review_id,
        document=document_facts(head),
        policy=policy_facts(head.policy),
        deadline=head.deadline,
        round="request",
        audience=audience_of(head, ()),
    )
    await app.messages.send(
        REVIEW_REQUESTS,
        request.wire(),
        message_id=f"{head.review_id}-{request.round}",
        application_properties={"documentClass": head.policy.document_class, "round": request.round},
    )
