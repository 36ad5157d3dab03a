"""Read the malware scan's verdict on exactly the bytes under review."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from contracts.history import ReviewStep, ScanReading
from reviews import scanning
from reviews.app import current_app

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def read_scan_verdict(step: dict[str, Any]) -> dict[str, Any]:
    """Return the verdict, which is pending until the scan has ended."""
    verdict = await scanning.read_scan_verdict(current_app(), ReviewStep.model_validate(step).review_id)
    return ScanReading(verdict=verdict).as_json()
