"""Start and wake the orchestration of a review; if that fails, the next sweep looks at the review first."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import orchestration
from adapters.orchestration import OrchestrationUnavailableError
from reviews.app import App


async def wake(app: App, client: df.DurableOrchestrationClient, review_id: str, stage: int) -> None:
    """Wake a review's orchestration, because this stage is over in the ledger."""
    if not await orchestration.wake(client, review_id, stage):
        await app.ledger.todo.put(review_id)


async def start(app: App, client: df.DurableOrchestrationClient, review_id: str, *, is_new: bool = False) -> None:
    """Start a review's orchestration unless it is running, which is not checked first if the review is new.

    Raises OrchestrationUnavailableError.
    """
    try:
        await (orchestration.start_first if is_new else orchestration.start)(client, review_id)
    except OrchestrationUnavailableError:
        await app.ledger.todo.put(review_id)
        raise
