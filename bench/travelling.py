"""Documents that travel all the way through a stack, and what its processes do meanwhile."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from bench.reviewers import Reviewers
from bench.reviews import upload
from local.stack.running import Stack
from local.stack.subscriber import COMPLETED

_REQUEST: Final = re.compile(rb'"(?:GET|HEAD|PUT|POST|PATCH|DELETE|MERGE) ')


@dataclass(slots=True)
class Travels:
    """Documents that are uploaded to a stack, approved by its reviewers, and announced."""

    stack: Stack
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


def processor_times(state: Path) -> tuple[float, float]:
    """Return the processor time, in seconds, that devhost with the app and Azurite have used so far."""
    pids = [json.loads((state / name).read_text())["pid"] for name in ("endpoints.json", "azurite.json")]
    host, azurite = (sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)
    return host, azurite


def storage_requests(state: Path) -> int:
    """Return how many requests Azurite has answered so far."""
    return len(_REQUEST.findall((state / "azurite.log").read_bytes()))
