"""The ledger: one table partition per review, every transition one entity-group transaction under the head's ETag.

A process remembers the reviews that it read or wrote last. What it remembers may be out of date, so it is believed only
where that shows or cannot matter: for what is written under the remembered ETag, and for what is never taken back.

https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableEntity, TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient
from cachetools import LRUCache

from adapters.ledger import rows
from adapters.ledger.conflicts import LedgerConflictError, conflict_retries
from adapters.ledger.document_names import DocumentNames
from adapters.ledger.outbox import Outbox
from adapters.ledger.unfinished import ReviewNotFoundError, Unfinished
from compliance.ledger import open_review
from compliance.outcome import ReviewState
from compliance.review import AuditRecord, Head, RecordedDecision, Transition
from evidence.chain import link

_CONFLICT = (409, 412)
_MOST_REMEMBERED = 1000  # reviews; one with many commented decisions is some ten KiB

Compute = Callable[[Head | None, list[RecordedDecision]], Transition | None]


@dataclass(frozen=True, slots=True)
class StoredReview:
    """A head with the decisions that led to it, and the ETag under which both may be replaced."""

    head: Head
    decisions: list[RecordedDecision]
    etag: str


class Ledger:
    """Reads and writes the rows of reviews; beside them lie what is unfinished, each name's reviews, and the outbox."""

    def __init__(self, table: TableClient) -> None:
        self.unfinished = Unfinished(table)
        self.names = DocumentNames(table)
        self.outbox = Outbox(table)
        self._table = table
        self._recent = LRUCache[str, StoredReview](_MOST_REMEMBERED)

    async def head(self, review_id: str) -> Head | None:
        """The head of a review, or None."""
        try:
            return rows.head_of(await self._table.get_entity(review_id, rows.HEAD))
        except ResourceNotFoundError:
            return None

    async def existing(self, review_id: str) -> Head:
        """The head of a review that must be there. Raises ReviewNotFoundError."""
        head = await self.head(review_id)
        if head is None:
            raise ReviewNotFoundError(review_id)
        return head

    async def opened(self, review_id: str) -> Head:
        """The head of a review that must be there, as this process saw it last: for what was fixed when it opened.

        Raises ReviewNotFoundError.
        """
        recent = self._recent.get(review_id)
        return recent.head if recent else await self.existing(review_id)

    async def standing(self, review_id: str) -> Head:
        """The head of a review that must be there; once it is decided, only its closing may be news to this process.

        Raises ReviewNotFoundError.
        """
        recent = self._recent.get(review_id)
        decided = recent and recent.head.state is not ReviewState.OPEN
        return recent.head if recent and decided else await self.existing(review_id)

    async def closed(self, review_id: str) -> StoredReview | None:
        """As `review`, for a review that is closed: nothing of it changes any more."""
        recent = self._recent.get(review_id)
        return recent if recent and recent.head.state is ReviewState.CLOSED else await self.review(review_id)

    async def review(self, review_id: str) -> StoredReview | None:
        """A review's head and decisions as of one moment, or None."""
        return await conflict_retries()(self._consistent, review_id)

    async def _consistent(self, review_id: str) -> StoredReview | None:
        query = "PartitionKey eq @review and RowKey ge 'decision-' and RowKey le 'head'"
        head, decisions = None, []
        async for row in self._table.query_entities(query, parameters={"review": review_id}):
            if row["RowKey"] == rows.HEAD:
                head = row
            else:
                decisions.append(rows.decision_of(row))
        if head is None:
            return None
        stored = StoredReview(rows.head_of(head), decisions, str(head.metadata["etag"]))
        # A scan reads the decisions before the head; a decision written in between must not be missed.
        if len(decisions) != stored.head.last_seq:
            raise LedgerConflictError(f"review {review_id} changed while it was read")
        self._recent[review_id] = stored
        return stored

    async def insert(self, head: Head) -> bool:
        """The first head of a review; where one exists nothing is written, and the answer is False."""
        opened = link(None, open_review(head))
        try:
            written = await self._table.submit_transaction(
                [("create", rows.head_row(opened.head)), *_creations(opened)]
            )
        except TableTransactionError as error:
            if error.status_code not in _CONFLICT:
                raise
            return False
        self._recent[head.review_id] = StoredReview(opened.head, [], str(written[0]["etag"]))
        return True

    async def transition(self, review_id: str, compute: Compute) -> Transition | None:
        """Read, compute, write under the head's ETag; on conflict read again and compute again.

        The reading is spared where what is remembered leads to a write. Raises LedgerConflictError when others kept
        winning, and what `compute` raises.
        """
        if done := await self._from_memory(review_id, compute):
            return done
        return await conflict_retries()(self._from_storage, review_id, compute)

    async def _from_storage(self, review_id: str, compute: Compute) -> Transition | None:
        stored = await self._consistent(review_id)
        done = compute(stored.head, stored.decisions) if stored else compute(None, [])
        return await self._write(stored, done) if stored and done and done.writes else done

    async def _from_memory(self, review_id: str, compute: Compute) -> Transition | None:
        recent = self._recent.get(review_id)
        if recent is None:
            return None
        try:
            done = compute(recent.head, recent.decisions)
            return await self._write(recent, done) if done and done.writes else None
        except (LedgerConflictError, ValueError):  # as impossible transitions are called; reading will tell
            return None

    async def change(self, review_id: str, compute: Callable[[Head], Transition]) -> Head:
        """A transition of a review that must be there; the head as it is then.

        Raises ReviewNotFoundError, LedgerConflictError.
        """
        done = await self.transition(review_id, lambda head, _: compute(head) if head else None)
        if done is None:
            raise ReviewNotFoundError(review_id)
        return done.head

    async def _write(self, stored: StoredReview, done: Transition) -> Transition:
        done = link(stored.head, done)
        review_id = done.head.review_id
        condition = {"mode": UpdateMode.REPLACE, "etag": stored.etag, "match_condition": MatchConditions.IfNotModified}
        self._recent.pop(review_id, None)
        try:
            written = await self._table.submit_transaction(
                [("update", rows.head_row(done.head), condition), *_creations(done)]
            )
        except TableTransactionError as error:
            if error.status_code in _CONFLICT:
                raise LedgerConflictError(f"review {review_id} was changed by another writer") from error
            raise
        decisions = [*stored.decisions, done.decision] if done.decision else stored.decisions
        self._recent[review_id] = StoredReview(done.head, decisions, str(written[0]["etag"]))
        return done

    async def audit(self, review_id: str) -> list[tuple[AuditRecord, str]]:
        """A review's history in order, each record with the time (ISO 8601) at which storage wrote it."""
        query = "PartitionKey eq @review and RowKey ge 'audit-' and RowKey lt 'audit~'"
        return [
            (rows.audit_of(row), str(row.metadata["timestamp"]))
            async for row in self._table.query_entities(query, parameters={"review": review_id})
        ]

    async def everything_of(self, review_id: str) -> list[TableEntity]:
        """Every row of a review as it is stored, in the order of their keys."""
        rows_of_it = self._table.query_entities("PartitionKey eq @review", parameters={"review": review_id})
        return [row async for row in rows_of_it]

    async def ids_starting_with(self, digits: str) -> list[str]:
        """The ids of all reviews, finished or not, that start with these hexadecimal digits."""
        query = "PartitionKey ge @first and PartitionKey lt @after and RowKey eq @head"
        parameters = {"first": digits, "after": digits + "g", "head": rows.HEAD}  # ids are hexadecimal digits
        return [row["PartitionKey"] async for row in self._table.query_entities(query, parameters=parameters)]


def _creations(done: Transition) -> list[tuple[str, rows.Row]]:
    review_id = done.head.review_id
    created: list[tuple[str, rows.Row]] = []
    if done.audit:
        created.append(("create", rows.audit_row(review_id, done.audit)))
    if done.decision:
        created.append(("create", rows.decision_row(review_id, done.decision)))
        created.append(("create", rows.decision_id_row(review_id, done.decision)))
    return created
