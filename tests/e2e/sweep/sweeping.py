"""Letting the sweep run when a test wants it to, and what it says it has repaired."""

from __future__ import annotations

import json
import re
from collections import Counter

from local.stack.devhost_process import DevhostProcess

_PERIOD_SECONDS = 5 * 60
_REPAIRED = re.compile(r"sweep\.repaired (\{.*\})")
_FINISHED = re.compile(r"sweep\.finished (\{.*\})")


def sweep(host: DevhostProcess) -> None:
    """Move the clock just past the sweep's next run, so that the run after it is as late as possible."""
    left = _PERIOD_SECONDS - host.advance(0).timestamp() % _PERIOD_SECONDS
    host.advance(hours=(left + 1) / 3600)


def repairs(host: DevhostProcess, review_id: str | None) -> Counter[str]:
    """Count a review's repairs in the log (of no review if None), and check the totals of all sweeps."""
    told = [json.loads(line) for line in _REPAIRED.findall(host.log)]
    assert len(told) == sum(json.loads(line)["repairs"] for line in _FINISHED.findall(host.log))
    return Counter(line["repair"] for line in told if line["reviewId"] == review_id)


def failures(host: DevhostProcess) -> int:
    """Return how many repairs have failed in the last sweep, by its own count."""
    return int(json.loads(_FINISHED.findall(host.log)[-1])["failures"])
