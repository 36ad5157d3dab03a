"""The wait for the verdict of the malware scan, before the reviewers are asked."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any, Final

import azure.durable_functions as df

from contracts.history import Inspection, ScanReading
from contracts.malware_scan import ScanVerdict, finding_of

# Most scans take seconds; if scanning is overloaded, the verdict is read less and less often.
_FIRST_PAUSE: Final = timedelta(seconds=10)
_LONGEST_PAUSE: Final = timedelta(minutes=2)


def wait_for_scan(
    context: df.DurableOrchestrationContext, inspected: Any, read_verdict: Callable[[], Any]
) -> Generator[Any, Any, Any]:
    """Wait for the malware scan, if the policy requires one.

    Returns the inspection with the scan's finding, in the form of history; None if nothing is left to review.
    `read_verdict` calls the activity that reads the verdict.
    """
    inspection = Inspection.model_validate(inspected) if inspected else None
    if inspection is None or inspection.scan_timeout is None:
        return inspected
    due, pause = context.current_utc_datetime + inspection.scan_timeout, _FIRST_PAUSE
    verdict = ScanReading.model_validate((yield read_verdict())).verdict
    while verdict is ScanVerdict.PENDING and context.current_utc_datetime < due:
        yield context.create_timer(min(due, context.current_utc_datetime + pause))
        verdict = ScanReading.model_validate((yield read_verdict())).verdict
        pause = min(2 * pause, _LONGEST_PAUSE)
    if verdict is ScanVerdict.NOT_ASKED:
        return None
    finding = finding_of(verdict, inspection.scan_timeout)
    findings = (*inspection.findings, finding) if finding else inspection.findings
    return inspection.model_copy(update={"findings": findings}).model_dump(mode="json", by_alias=True)
