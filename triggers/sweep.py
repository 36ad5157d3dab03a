"""The sweep: every five minutes, repair whatever a crash left behind."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from reviews.app import current_app
from reviews.sweep.repairing import repair_everything

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="0 */5 * * * *", run_on_startup=False)
@bp.durable_client_input(client_name="client")
async def sweep_reviews(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """Repair everything that can be repaired. Raises ExceptionGroup with whatever could not."""
    await repair_everything(current_app(), client)
