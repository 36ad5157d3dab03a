"""How many documents a second travel all the way if many are under review at once, and what each costs.

Reviewers answer each request as it arrives. The cost is also given as processor time and storage requests, which
other work on the machine does not change; and again after many past reviews, because it must not grow with them.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.figures import Figure
from bench.reviewers import Reviewers
from bench.travelling import Travels, processor_times, storage_requests
from local.stack.running import own_stack

_DOCUMENTS = 500
_PAST = 2000
_WARM_UP = 20


def throughput() -> list[Figure]:
    """Measure from upload to completion event, on a fresh stack and after many reviews."""
    with (
        tempfile.TemporaryDirectory() as folder,
        own_stack(Path(folder), upload_route="trigger") as stack,
        Reviewers(Path(folder)) as reviewers,
    ):
        travels = Travels(stack, reviewers)
        travels.travel(_WARM_UP)
        fresh = _figures(travels, Path(folder), f"{_DOCUMENTS} documents on Azurite")
        travels.travel(_PAST - _DOCUMENTS)
        return fresh + _figures(travels, Path(folder), f"{_DOCUMENTS} documents on Azurite after {_PAST:,} others")


def _figures(travels: Travels, state: Path, how: str) -> list[Figure]:
    processor, requests, started = processor_times(state), storage_requests(state), time.perf_counter()
    travels.travel(_DOCUMENTS)
    seconds = time.perf_counter() - started
    used = [after - before for before, after in zip(processor, processor_times(state), strict=True)]
    host, azurite = (each / _DOCUMENTS * 1000 for each in used)
    per_document = (storage_requests(state) - requests) / _DOCUMENTS
    return [
        Figure("documents end to end", _DOCUMENTS / seconds, "1/s", how),
        Figure("processor time of devhost and app for each", host, "ms", how),
        Figure("processor time of Azurite for each", azurite, "ms", how),
        Figure("storage requests for each", per_document, "", f"{how}; upload and devhost's own included"),
    ]
