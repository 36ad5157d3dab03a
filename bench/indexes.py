"""What a page of each list costs among many reviews, and a sweep over many open ones: storage requests and time.

`python -m bench.indexes --open N --finished N --swept N ...` measures other numbers. For a query Azurite looks through
all of a table; Azure reads a range of keys. So the time of a page among few rows is given, too: the difference is
Azurite's.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, Final

import azure.durable_functions as df
from azure.core.pipeline.transport import AioHttpTransport
from azure.data.tables.aio import TableClient, TableServiceClient

from adapters.ledger.lists.inboxes import Inboxes
from adapters.ledger.store import Ledger
from adapters.ledger.table import LedgerTable
from bench.figures import Figure
from bench.many_reviews import ANN, ASKED, finished_head, open_review, write_heads, write_lists
from bench.tables_in_memory import tables_in_memory
from compliance.document import DocumentVersion
from compliance.review import Head
from contracts.names import LEDGER_TABLE, PENDING, WAITING_TABLE
from reviews import finding
from reviews.sweep.repairing import repair_everything

OPEN, FINISHED, SWEPT = 10_000, 40_000, (1_000,)
_ROUNDS: Final = 11
_FEW: Final = 100
_PAGE: Final = finding.LIMIT


class _Counted(AioHttpTransport):
    """The SDK's transport, which counts the requests."""

    requests = 0

    async def send(self, request: Any, **config: Any) -> Any:
        self.requests += 1
        return await super().send(request, **config)


@dataclass(frozen=True, slots=True)
class _Tables:
    """An app with two new tables, and the count of its requests."""

    ledger_table: TableClient
    waiting_table: TableClient
    wire: _Counted

    @property
    def app(self) -> Any:
        """The parts of an app that lists and sweeps need."""
        return SimpleNamespace(
            ledger=Ledger(self.ledger_table),
            inboxes=Inboxes(self.waiting_table),
            delegations=SimpleNamespace(list_to=_nothing),
            revocations=SimpleNamespace(list_all=_nothing),
            documents=None,
        )


async def _nothing(*_: str) -> list[Any]:
    return []


def indexes() -> list[Figure]:
    """Measure with the default numbers."""
    return measure(OPEN, FINISHED, SWEPT)


def measure(unfinished: int, finished: int, swept: tuple[int, ...]) -> list[Figure]:
    """Measure pages among so many reviews, and sweeps over so many open ones each."""
    with tables_in_memory() as storage:
        return asyncio.run(_measure(storage, unfinished, finished, swept))


async def _measure(storage: str, unfinished: int, finished: int, swept: tuple[int, ...]) -> list[Figure]:
    figures: list[Figure] = []
    for number, (opened, ended) in enumerate(((_FEW, _FEW), (unfinished, finished))):
        async with _tables(storage, f"pages{number}") as tables:
            await write_lists(tables.ledger_table, tables.waiting_table, opened, ended)
            ledger = tables.app.ledger
            await write_heads(ledger, [open_review(each) for each in range(_PAGE)])
            await write_heads(ledger, [open_review(each * 20) for each in range(2, min(_PAGE, opened // 20))])
            await write_heads(ledger, [finished_head(each) for each in range(_PAGE)])
            figures += await _pages(tables, f"among {opened:,} open and {ended:,} finished reviews, on Azurite")
    for count in swept:
        async with _tables(storage, f"swept{count}") as tables:
            await write_lists(tables.ledger_table, tables.waiting_table, count, 0)
            await write_heads(tables.app.ledger, map(open_review, range(count)))
            figures += await _sweeps(tables, count)
    return figures


@asynccontextmanager
async def _tables(storage: str, name: str) -> AsyncIterator[_Tables]:
    wire = _Counted()
    async with TableServiceClient.from_connection_string(storage) as service:
        for table in (f"{LEDGER_TABLE}{name}", f"{WAITING_TABLE}{name}"):
            await service.create_table(table)
    wired: dict[str, Any] = {"transport": wire}
    ledger = LedgerTable.from_connection_string(storage, f"{LEDGER_TABLE}{name}", **wired)
    waiting = LedgerTable.from_connection_string(storage, f"{WAITING_TABLE}{name}", **wired)
    async with ledger, waiting:
        yield _Tables(ledger, waiting, wire)


async def _pages(tables: _Tables, how: str) -> list[Figure]:
    app = tables.app
    lists: dict[str, Callable[[], Awaitable[finding.Page[Any]]]] = {
        "the unfinished": partial(finding.unfinished, app),
        "the finished": partial(finding.finished, app),
        "an inbox": partial(finding.waiting_for, app, ANN, at=ASKED),
    }
    figures: list[Figure] = []
    for name, read in lists.items():
        times: list[float] = []
        requests = items = 0
        for _ in range(_ROUNDS):
            before, began = tables.wire.requests, time.perf_counter()
            page = await read()
            times.append((time.perf_counter() - began) * 1000)
            requests, items = tables.wire.requests - before, len(page.items)
        figures += [
            Figure(f"a page of {name}", statistics.median(times), "ms", f"median of {_ROUNDS}, {how}"),
            Figure(f"a page of {name}, the slowest", max(times), "ms", how),
            Figure(f"a page of {name}", requests, "requests", f"{items} reviews, {how}"),
        ]
    return figures


async def _sweeps(tables: _Tables, count: int) -> list[Figure]:
    how = f"{count:,} open reviews, on Azurite"
    before, began = tables.wire.requests, time.perf_counter()
    ledger = tables.app.ledger
    for review_id in await ledger.unfinished.ids():  # what every sweep read before it looked at a part
        await ledger.find(review_id)
    everything = (tables.wire.requests - before, time.perf_counter() - began)
    app, heads = tables.app, [open_review(each) for each in range(count)]
    app.documents = SimpleNamespace(blobs=partial(_blobs, heads))
    client: Any = SimpleNamespace(get_status=_waiting)
    await repair_everything(app, client)  # which lists what the generator has not
    before, began = tables.wire.requests, time.perf_counter()
    await repair_everything(app, client)
    part = (tables.wire.requests - before, time.perf_counter() - began)
    return [
        Figure("all heads, one after the other", everything[0], "requests", how),
        Figure("all heads, one after the other", everything[1], "s", how),
        Figure("a sweep", part[0], "requests", f"nothing to repair, {how}"),
        Figure("a sweep", part[1], "s", f"nothing to repair, {how}"),
    ]


async def _blobs(heads: list[Head], container: str) -> AsyncIterator[DocumentVersion]:
    for head in heads if container == PENDING else ():
        yield head.document


async def _waiting(_: str) -> Any:
    return SimpleNamespace(runtime_status=df.OrchestrationRuntimeStatus.Running, custom_status={"stage": 0})


def main() -> None:
    """Measure the numbers that were given."""
    parser = argparse.ArgumentParser(prog="python -m bench.indexes", description=__doc__)
    parser.add_argument("--open", type=int, default=OPEN, metavar="N")
    parser.add_argument("--finished", type=int, default=FINISHED, metavar="N")
    parser.add_argument("--swept", type=int, nargs="*", default=list(SWEPT), metavar="N")
    given = parser.parse_args()
    for figure in measure(given.open, given.finished, tuple(given.swept)):
        print(f"{figure.what:<36} {figure.value:>12,.4g} {figure.unit:<9} {figure.how}")


if __name__ == "__main__":
    main()
