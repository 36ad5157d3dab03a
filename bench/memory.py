"""What a large document costs the app in memory."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from azure.storage.blob import BlobServiceClient

from bench.figures import Figure
from compliance.document import review_id
from local.stack.documents import PENDING
from local.stack.endpoints import Endpoints
from local.stack.eventually import eventually
from local.stack.running import Stack, own_stack

_SMALL, _LARGE = 1024, 1024**3
_MIB = 1024**2
_BLOCK = 4 * _MIB


def memory() -> list[Figure]:
    """Measure the peak memory of devhost with the app while a document is inspected, approved, copied and verified."""
    with tempfile.TemporaryDirectory() as folder, own_stack(Path(folder), upload_route="trigger") as stack:
        _review(stack, Path(folder), _SMALL)  # opens every connection once
        small = _review(stack, Path(folder), _SMALL)
        large = _review(stack, Path(folder), _LARGE)
    how = "peak resident memory of devhost and app during one review"
    return [
        Figure("1 KiB document", small / _MIB, "MiB", how),
        Figure("1 GiB document", large / _MIB, "MiB", how),
        Figure("1 GiB document beyond a 1 KiB one", (large - small) / _MIB, "MiB", "the difference of the two"),
    ]


def _review(stack: Stack, state: Path, length: int) -> int:
    pid = json.loads((state / "endpoints.json").read_text())["pid"]
    with _peak(psutil.Process(pid)) as peak:
        review = _upload(state, length)
        eventually(lambda: (stack.ledger.head(review) or {}).get("deadline"), "the reviewers are asked", seconds=300)
        stack.messages.decide(review, "approve", "bench")
        eventually(lambda: (stack.ledger.head(review) or {}).get("outcome"), "the review is closed", seconds=300)
    return peak[0]


def _upload(state: Path, length: int) -> str:
    name = f"bench-{length}.bin"
    endpoints = Endpoints.from_settings(state / "local.settings.json")
    with BlobServiceClient.from_connection_string(endpoints.storage, max_single_put_size=_BLOCK) as service:
        blob = service.get_blob_client(PENDING, name)
        etag = blob.upload_blob(_bytes(length), length=length, overwrite=True)["etag"]
    return review_id(PENDING, name, etag)


def _bytes(length: int) -> Iterator[bytes]:
    for start in range(0, length, _BLOCK):
        yield start.to_bytes(8, "big") * (min(_BLOCK, length - start) // 8)


@contextmanager
def _peak(process: psutil.Process) -> Iterator[list[int]]:
    """Yield the highest resident memory seen, in bytes, sampled every 10 ms."""
    seen, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            seen[0] = max(seen[0], process.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield seen
    finally:
        done.set()
        watching.join()
