"""Many reviews in a ledger, written without a journey: their rows in lists, and of some the reviews themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import islice
from typing import Any, Final

from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from adapters.at_once import gather_few
from adapters.ledger import rows
from adapters.ledger.lists.finished import finished_review, finished_row
from adapters.ledger.lists.inboxes import InboxRow, inbox_rows
from adapters.ledger.store import Ledger
from adapters.ledger.unfinished import wait_row
from adapters.policies import load_policies
from compliance.document import DocumentVersion, review_id
from compliance.outcome import Outcome, ReviewState, Verdict
from compliance.policy import Part, Policy, Stage
from compliance.review import Head
from compliance.schedule import Schedule
from contracts.names import PENDING
from local.stack.devhost_process import PROJECT

ANN, SAM = "ann@example.org", "sam@example.org"
ASKED: Final = datetime(2026, 3, 2, tzinfo=UTC)
_MOST_IN_TRANSACTION: Final = 100
_AT_ONCE: Final = 8  # transactions
NAMED: Final = 20  # of as many open reviews one waits for Ann


@cache
def _policy(person: str | None) -> Policy:
    default = load_policies(PROJECT / "policies/default.yaml").resolve("default")
    return replace(default, stages=(Stage("review", (Part((person,), 1),)),)) if person else default


def open_review(
    number: int,
    *,
    people: Sequence[str] = (ANN,),
    asked: datetime = ASKED,
    container: str = PENDING,
    etag: str = "0x1",
    length: int = 1024,
) -> Head:
    """Return an open review, due so many seconds after the first one. Those with named reviewers take turns."""
    turn, is_to_anyone = divmod(number, NAMED)
    due = asked + timedelta(hours=72, seconds=number)
    version = DocumentVersion(container, f"open/{number}.pdf", etag, "ab" * 32, length, "application/pdf")
    return Head(
        review_id(version.container, version.name, version.etag),
        version,
        _policy(None if is_to_anyone else people[turn % len(people)]),
        SAM,
        submitted_at=asked,
        requested_at=asked,
        schedule=Schedule(due),
        deadline=due,
    )


def finished_head(number: int) -> Head:
    """Return a finished review, closed so many seconds before the first one."""
    head = open_review(number)
    version = replace(head.document, name=f"finished/{number}.pdf")
    return replace(
        head,
        review_id=review_id(version.container, version.name, version.etag),
        document=version,
        state=ReviewState.CLOSED,
        verdict=Verdict.APPROVE,
        outcome=Outcome.APPROVED,
        closed_at=ASKED + timedelta(days=2) - timedelta(seconds=number),
    )


async def write_lists(
    ledger: TableClient,
    waiting: TableClient,
    unfinished: int,
    finished: int,
    make: Callable[[int], Head] = open_review,
) -> None:
    """Write the rows of lists of so many reviews, 100 in a request."""
    heads = map(make, range(unfinished))
    await _write(ledger, (row for head in heads for row in (rows.open_row(head), wait_row(head))))
    await _write(ledger, (finished_row(row) for row in map(_listed, range(finished))))
    inboxes: dict[str, list[rows.Row]] = {}
    for head in map(make, range(0, unfinished, NAMED)):
        for row in inbox_rows(head, ()):
            inboxes.setdefault(row.person, []).append(_row(row))
    for inbox in inboxes.values():
        await _write(waiting, iter(inbox))


async def write_heads(ledger: Ledger, heads: Iterable[Head]) -> None:
    """Write the reviews themselves, each in a request of its own."""
    await gather_few(lambda head=head: ledger.insert(head) for head in heads)


async def write_own(ledger: Ledger, heads: Iterable[Head]) -> None:
    """List reviews for their submitter."""
    await gather_few(partial(ledger.own.put_submitted, head) for head in heads)


def _listed(number: int) -> Any:
    head = finished_head(number)
    return finished_review(head, ())


def _row(row: InboxRow) -> rows.Row:
    return {"PartitionKey": row.person, "RowKey": row.key, "reviewId": row.review_id}


async def _write(table: TableClient, content: Iterator[rows.Row]) -> None:
    batches = iter(lambda: list(islice(content, _MOST_IN_TRANSACTION)), [])
    while some := list(islice(batches, _AT_ONCE)):
        await gather_few(partial(_upsert, table, batch) for batch in some)


async def _upsert(table: TableClient, batch: list[rows.Row]) -> None:
    await table.submit_transaction([("upsert", row, {"mode": UpdateMode.REPLACE}) for row in batch])
