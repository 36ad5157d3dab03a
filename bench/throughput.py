"""How many documents a second travel all the way if many are under review at once, and what each costs.

Reviewers answer each request as it arrives. The cost is also given as processor time and storage requests, which
other work on the machine does not change; and again after many past reviews, because it must not grow with them.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.figures import Figure
from bench.reviewers import Reviewers
from bench.reviews import upload
from local.stack.running import Stack, own_stack
from local.stack.subscriber import COMPLETED

_DOCUMENTS = 500
_PAST = 2000
_WARM_UP = 20
_REQUEST = re.compile(rb'"(?:GET|HEAD|PUT|POST|PATCH|DELETE|MERGE) ')


def throughput() -> list[Figure]:
    """Measure from upload to completion event, on a fresh stack and after many reviews."""
    with (
        tempfile.TemporaryDirectory() as folder,
        own_stack(Path(folder), upload_route="trigger") as stack,
        Reviewers(Path(folder)) as reviewers,
    ):
        run = _Run(stack, Path(folder), reviewers)
        run.travel(_WARM_UP)
        fresh = run.figures(f"{_DOCUMENTS} documents on Azurite")
        run.travel(_PAST - _DOCUMENTS)
        return fresh + run.figures(f"{_DOCUMENTS} documents on Azurite after {_PAST:,} others")


@dataclass(slots=True)
class _Run:
    stack: Stack
    state: Path
    reviewers: Reviewers
    done: int = 0

    def travel(self, count: int) -> None:
        """Upload documents, approve each when asked, and return when all are announced."""
        with ThreadPoolExecutor(8) as pool:
            uploads = [pool.submit(upload, self.stack) for _ in range(count)]
            self.done += count
            while sum(event["type"] == COMPLETED for event in self.stack.events.events()) < self.done:
                self.reviewers.approve_what_is_asked()
            for uploaded in uploads:
                uploaded.result()

    def figures(self, how: str) -> list[Figure]:
        processor, requests, started = self._processor(), self._requests(), time.perf_counter()
        self.travel(_DOCUMENTS)
        seconds = time.perf_counter() - started
        used = [after - before for before, after in zip(processor, self._processor(), strict=True)]
        host, azurite = (each / _DOCUMENTS * 1000 for each in used)
        per_document = (self._requests() - requests) / _DOCUMENTS
        return [
            Figure("documents end to end", _DOCUMENTS / seconds, "1/s", how),
            Figure("processor time of devhost and app for each", host, "ms", how),
            Figure("processor time of Azurite for each", azurite, "ms", how),
            Figure("storage requests for each", per_document, "", f"{how}; upload and devhost's own included"),
        ]

    def _processor(self) -> list[float]:
        pids = [json.loads((self.state / name).read_text())["pid"] for name in ("endpoints.json", "azurite.json")]
        return [sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids]

    def _requests(self) -> int:
        return len(_REQUEST.findall((self.state / "azurite.log").read_bytes()))
