"""A review's orchestration as triggers see it: whether it is at work, starting it, waking it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import azure.durable_functions as df

from contracts.history import StageStatus
from contracts.names import DOCUMENT_REVIEW, decision_event

_WORKING = (
    df.OrchestrationRuntimeStatus.Pending,
    df.OrchestrationRuntimeStatus.Running,
    df.OrchestrationRuntimeStatus.Suspended,
    df.OrchestrationRuntimeStatus.ContinuedAsNew,
)


class OrchestrationUnavailableError(Exception):
    """The host could not start a review's orchestration or say how it stands; trying again later helps."""

    def __init__(self, identity: str) -> None:
        super().__init__(f"the orchestration of review {identity} could not be reached")


@dataclass(frozen=True, slots=True)
class AtWork:
    """An orchestration that is there and has not ended."""

    waits_for: int | None  # the stage whose end it waits for; None if it has not waited yet


async def at_work(client: df.DurableOrchestrationClient, identity: str) -> AtWork | None:
    """Return the review's orchestration, or None if it is not at work. Raises OrchestrationUnavailableError."""
    try:
        status = await client.get_status(identity)
    except Exception as error:  # the SDK raises nothing narrower
        raise OrchestrationUnavailableError(identity) from error
    if not status or status.runtime_status not in _WORKING:
        return None
    return AtWork(StageStatus.model_validate(status.custom_status).stage if status.custom_status else None)


async def start(client: df.DurableOrchestrationClient, identity: str) -> None:
    """Start the review's orchestration unless it is at work. It may be run again from the top at any time.

    Raises OrchestrationUnavailableError.
    """
    if not await at_work(client, identity):
        await start_first(client, identity)


async def start_first(client: df.DurableOrchestrationClient, identity: str) -> None:
    """As `start`, for a review that is opened just now: without asking first whether another opener was faster."""
    try:
        await client.start_new(DOCUMENT_REVIEW, identity)
    except Exception as error:  # the SDK raises nothing narrower; another opener may have been first
        if not await at_work(client, identity):
            raise OrchestrationUnavailableError(identity) from error


async def wake(client: df.DurableOrchestrationClient, identity: str, stage: int) -> None:
    """Wake the review's orchestration, because this stage is over by the ledger.

    An instance that is missing or has ended is not an error: the sweep makes it agree with the ledger.
    """
    try:
        await client.raise_event(identity, decision_event(stage))
    except Exception as error:  # the SDK raises nothing narrower
        logging.warning("Review %s was not woken and is left to the sweep: %s", identity, error)
