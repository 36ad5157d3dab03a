"""Begins the reviewers' time, or opens a later stage of it, and asks the reviewers of the stage."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import azure.durable_functions as df

from compliance.ledger import begin
from compliance.outcome import ReviewState
from compliance.review import Head, Transition
from compliance.rounds import audience_of, open_stage
from contracts.history import RequestStep
from contracts.policy_file.business_time import later_by
from reviews.app import current_app
from reviews.requesting import ask, pending_reviewers
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def request_decisions(step: dict[str, Any]) -> dict[str, Any]:
    """Store what was inspected, if that is news, then send the request unless the review is decided.

    Where nothing is left to store or to ask, this only says where the review stands. Raises ReviewNotFoundError.
    """
    asked, app = RequestStep.model_validate(step), current_app()
    head = await app.ledger.change(asked.review_id, lambda stored: _opened(stored, asked))
    if head.state is ReviewState.OPEN:
        # Before the first stage nobody has decided, so there is nothing to read.
        audience = await pending_reviewers(app, head) if head.stage else audience_of(head, ())
        await ask(app, head, "request", head.stage, audience)
    return standing_of(head)


def _opened(stored: Head, asked: RequestStep) -> Transition:
    found = asked.inspection
    if found is None or stored.inspected:  # news to the process that inspected, but not to the ledger
        return open_stage(stored, asked.at)
    document = replace(stored.document, sha256=found.sha256, length=found.length)
    later = later_by(stored.policy.calendar)
    return begin(stored, document, asked.at, found.refused, later, findings=found.findings)
