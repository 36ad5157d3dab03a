"""The orchestration of a review, through the Durable client: find it if it is running, start it, wake it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import azure.durable_functions as df

from contracts.history import StageStatus
from contracts.names import DOCUMENT_REVIEW, decision_event

_RUNNING = (
    df.OrchestrationRuntimeStatus.Pending,
    df.OrchestrationRuntimeStatus.Running,
    df.OrchestrationRuntimeStatus.Suspended,
    df.OrchestrationRuntimeStatus.ContinuedAsNew,
)


class OrchestrationUnavailableError(Exception):
    """The host could not start a review's orchestration or return its status; trying again later helps."""

    def __init__(self, review_id: str) -> None:
        super().__init__(f"the orchestration of review {review_id} could not be reached")


@dataclass(frozen=True, slots=True)
class RunningOrchestration:
    """An orchestration that has not ended."""

    waits_for: int | None  # the stage whose end it waits for; None if it has not waited yet


async def running_orchestration(client: df.DurableOrchestrationClient, review_id: str) -> RunningOrchestration | None:
    """Return the review's orchestration, or None if it is not running. Raises OrchestrationUnavailableError."""
    try:
        status = await client.get_status(review_id)
    except Exception as error:  # the SDK raises nothing narrower
        raise OrchestrationUnavailableError(review_id) from error
    if not status or status.runtime_status not in _RUNNING:
        return None
    return RunningOrchestration(
        StageStatus.model_validate(status.custom_status).stage if status.custom_status else None
    )


async def start(client: df.DurableOrchestrationClient, review_id: str) -> None:
    """Start the review's orchestration unless it is running. It may be run again from the top at any time.

    Raises OrchestrationUnavailableError.
    """
    if not await running_orchestration(client, review_id):
        await start_first(client, review_id)


async def start_first(client: df.DurableOrchestrationClient, review_id: str) -> None:
    """Start the orchestration of a review just opened. As `start`, but checks only after a failure if it is running."""
    try:
        await client.start_new(DOCUMENT_REVIEW, review_id)
    except Exception as error:  # the SDK raises nothing narrower; another opener may have been first
        if not await running_orchestration(client, review_id):
            raise OrchestrationUnavailableError(review_id) from error


async def end(client: df.DurableOrchestrationClient, review_id: str) -> None:
    """End the review's orchestration, so that it can be started again. Raises OrchestrationUnavailableError."""
    try:
        await client.terminate(review_id, "it is ahead of the ledger")
    except Exception as error:  # the SDK raises nothing narrower
        raise OrchestrationUnavailableError(review_id) from error


async def wake(client: df.DurableOrchestrationClient, review_id: str, stage: int) -> bool:
    """Wake the review's orchestration, because this stage is over in the ledger.

    Returns False if the instance is missing or has ended: the sweep will start or finish the review.
    """
    try:
        await client.raise_event(review_id, decision_event(stage))
    except Exception as error:  # the SDK raises nothing narrower
        logging.warning("Review %s was not woken and is left to the sweep: %s", review_id, error)
        return False
    return True
