"""A stack whose storage holds many open reviews, of which those that people look at can be opened."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from azure.storage.blob.aio import BlobServiceClient

from adapters.at_once import gather_few
from adapters.clients import Clients
from adapters.ledger.store import Ledger
from adapters.settings import Settings
from bench.many_reviews import NAMED, SAM, finished_head, open_review, write_heads, write_lists, write_own
from bench.web.people import only_named
from compliance.review import Head
from contracts.names import SUBMISSIONS
from local.stack.devhost_process import PROJECT
from local.stack.endpoints import Endpoints
from local.stack.running import Stack, own_stack
from web.clock import now

_KEY_RANGES: Final = Path(__file__).with_name("key_ranges.cjs")
_SAMPLE: Final = PROJECT / "local/samples/annual-report.pdf"
# A sweep would look for the orchestrations of reviews that have none. A document in `submissions` is reviewed when it
# is announced, so those that are written there are not.
_SETTINGS: Final = {"AzureWebJobs.sweep_reviews.Disabled": "true"}
_OWN_SHOWN: Final = 50  # reviews of each person who sees only those that name them


@dataclass(frozen=True, slots=True)
class Many:
    """How many reviews there are, and how many of the first ones can be opened."""

    unfinished: int = 50_000
    finished: int = 10_000
    shown: int = 300


@contextmanager
def stack_with_key_ranges(state: Path, settings: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Start a stack whose storage reads ranges of keys as Azure's tables do, and keeps all in memory."""
    before = os.environ.get("NODE_OPTIONS", "")
    os.environ["NODE_OPTIONS"] = f'{before} --require "{_KEY_RANGES}"'
    try:
        with own_stack(state, {**_SETTINGS, **(settings or {})}, upload_route="trigger") as stack:
            yield stack
    finally:
        os.environ["NODE_OPTIONS"] = before


async def fill(state: Path, people: list[str], many: Many) -> None:
    """Write the rows of all reviews, and those that can be opened with their documents."""
    endpoints = Endpoints.from_devhost(state)
    clients = Clients(Settings.unchecked({"Documents": endpoints.storage, "ServiceBus": endpoints.service_bus}))
    ledger, asked, length = Ledger(clients.ledger_table), now(), _SAMPLE.stat().st_size
    try:
        asked_people = [name for name in people if name != SAM]
        etags = await _documents(clients.blobs, _shown(asked_people, many))

        def make(number: int) -> Head:
            etag = etags.get(number, "0x1")
            return open_review(
                number, people=asked_people, asked=asked, container=SUBMISSIONS, etag=etag, length=length
            )

        await write_lists(clients.ledger_table, clients.waiting_table, many.unfinished, many.finished, make)
        heads = [make(number) for number in etags]
        await write_heads(ledger, [*heads, *map(finished_head, range(min(many.shown, many.finished)))])
        await write_own(ledger, heads)
    finally:
        await clients.close()


def _shown(people: list[str], many: Many) -> list[int]:
    """Return the numbers of the first reviews of all, and of the first ones of those who see only their own."""
    turns = [len(people) * turn + people.index(name) for turn in range(_OWN_SHOWN) for name in only_named(people)]
    own = (NAMED * turn for turn in turns if NAMED * turn < many.unfinished)
    return sorted({*range(min(many.shown, many.unfinished)), *own})


async def _documents(blobs: BlobServiceClient, numbers: Iterable[int]) -> dict[int, str]:
    content = _SAMPLE.read_bytes()

    async def upload(number: int) -> tuple[int, str]:
        blob = blobs.get_blob_client(SUBMISSIONS, f"open/{number}.pdf")
        return number, str((await blob.upload_blob(content, overwrite=True))["etag"]).strip('"')

    return dict(await gather_few(partial(upload, number) for number in numbers))
