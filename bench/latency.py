"""How long it takes from a decision sent to the document published."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from bench.figures import Figure
from bench.reviews import submit
from local.stack.running import Stack, own_stack

_DECISIONS = 60
_WARM_UP = 5


def latency() -> list[Figure]:
    """Send one decision at a time to an otherwise idle app."""
    with tempfile.TemporaryDirectory() as folder, own_stack(Path(folder), upload_route="trigger") as stack:
        reviews = submit(stack, _DECISIONS + _WARM_UP)
        times = [_published(stack, name, review) for name, review in reviews.items()][_WARM_UP:]
    how = f"{_DECISIONS} decisions, one at a time, until the closed head is read"
    return [
        Figure("decision sent -> document published, p50", statistics.median(times) * 1000, "ms", how),
        Figure("decision sent -> document published, p95", statistics.quantiles(times, n=20)[-1] * 1000, "ms", how),
    ]


def _published(stack: Stack, name: str, review: str) -> float:
    started = time.perf_counter()
    stack.messages.decide(review, "approve", "bench")
    while (stack.ledger.head(review) or {}).get("state") != "closed":
        time.sleep(0.002)
    return time.perf_counter() - started
