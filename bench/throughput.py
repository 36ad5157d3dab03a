"""How many documents a second travel all the way when many are under review at once."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.figures import Figure
from bench.reviews import submit
from stack.eventually import eventually
from stack.running import own_stack
from stack.subscriber import COMPLETED

_DOCUMENTS = 200


def throughput() -> list[Figure]:
    """Upload to asked, then decision to completion event."""
    with tempfile.TemporaryDirectory() as folder, own_stack(Path(folder), road="trigger") as stack:
        started = time.perf_counter()
        reviews = submit(stack, _DOCUMENTS)
        asked = time.perf_counter()
        for review in reviews.values():
            stack.messages.decide(review, "approve", "bench")
        eventually(
            lambda: sum(event["type"] == COMPLETED for event in stack.events.events()) >= _DOCUMENTS,
            "all completion events",
            seconds=300,
            interval=0.01,
        )
        done = time.perf_counter()
    how = f"{_DOCUMENTS} documents on Azurite"
    return [
        Figure("documents uploaded and reviewers asked", _DOCUMENTS / (asked - started), "1/s", how),
        Figure("decisions sent, published and announced", _DOCUMENTS / (done - asked), "1/s", how),
        Figure("documents end to end", _DOCUMENTS / (done - started), "1/s", how),
    ]
