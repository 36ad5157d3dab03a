"""The backup: on the schedule in the setting LEDGER_EXPORT_SCHEDULE, export the ledger to the container `audit`."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from reviews.app import current_app

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="%LEDGER_EXPORT_SCHEDULE%", run_on_startup=False)
async def export_ledger(timer: func.TimerRequest) -> None:
    """Export the whole ledger into a new blob."""
    await current_app().backup.write()
