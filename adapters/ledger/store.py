"""The ledger: one table partition per review, every transition one entity-group transaction under the head's ETag.

A process remembers the reviews that it read or wrote last. The memory may be stale, so it serves only two purposes: to
compute a transition that is then written under the remembered ETag, and to read what never changes again.

https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableEntity, TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient
from cachetools import LRUCache

from adapters.ledger import rows
from adapters.ledger.answers import Answers
from adapters.ledger.conflicts import LedgerConflictError, conflict_retries
from adapters.ledger.document_hashes import DocumentHashes
from adapters.ledger.document_names import DocumentNames
from adapters.ledger.lists.day_sums import DaySums
from adapters.ledger.lists.finished import Finished
from adapters.ledger.lists.own_reviews import OwnReviews
from adapters.ledger.outbox import Outbox
from adapters.ledger.retractions import Retractions
from adapters.ledger.table_rows import has_row
from adapters.ledger.todo import Todo
from adapters.ledger.unfinished import ReviewNotFoundError, Unfinished
from compliance.history import AuditRecord
from compliance.outcome import ReviewState
from compliance.review import Head, RecordedDecision
from compliance.rulings import Transition
from compliance.transitions import open_review
from evidence.chain import link

_CONFLICT = (409, 412)
_MOST_REMEMBERED = 1000  # reviews; one with many commented decisions is some ten KiB
_STATES = tuple(ReviewState)  # in their order


@dataclass(frozen=True, slots=True)
class StoredReview:
    """A head with the decisions that led to it, and the ETag under which both may be replaced."""

    head: Head
    decisions: list[RecordedDecision]
    etag: str


@dataclass(slots=True)
class Attempt:
    """One attempt at a transition: the review to compute it from, and the way to write it."""

    review: StoredReview
    is_remembered: bool  # it was not read just now and may be stale
    _write: Callable[[StoredReview, Transition, Sequence[rows.Row], Sequence[rows.Row]], Awaitable[Transition]]
    lost: bool = False  # another writer was faster
    written: bool = False

    async def commit(self, transition: Transition, *beside: rows.Row, replacing: Sequence[rows.Row] = ()) -> Transition:
        """Write a transition, unless it writes nothing, and new rows beside it. Returns it as written.

        Rows in `replacing` take the place of others, if there are any.

        If another writer was faster, the loop over `attempts` goes on.
        """
        if not transition.writes:
            return transition
        try:
            transition = await self._write(self.review, transition, beside, replacing)
            self.written = True
        except LedgerConflictError:
            self.lost = True
        return transition


class Ledger:
    """The rows of reviews, the lists of them, and the outbox."""

    def __init__(self, table: TableClient) -> None:
        self.unfinished = Unfinished(table)
        self.finished = Finished(table)
        self.own = OwnReviews(table)
        self.day_sums = DaySums(table)
        self.todo = Todo(table)
        self.names = DocumentNames(table)
        self.hashes = DocumentHashes(table)
        self.outbox = Outbox(table)
        self.retractions = Retractions(table)
        self.answers = Answers(table)
        self._table = table
        self._recent = LRUCache[str, StoredReview](_MOST_REMEMBERED)

    async def find(self, review_id: str) -> Head | None:
        """Read the head of a review, or None if it has no head."""
        try:
            return rows.head_of(await self._table.get_entity(review_id, rows.HEAD))
        except ResourceNotFoundError:
            return None

    async def get(self, review_id: str, *, remembered_since: ReviewState | None = None) -> Head:
        """Read the head of a review that must be there. Raises ReviewNotFoundError.

        A remembered head is returned, unread, if its state is `remembered_since` or later. Since OPEN, only what was
        fixed at the opening is certain; since DECIDED, only the closing may be missing.
        """
        if remembered := self._remembered(review_id, remembered_since):
            return remembered.head
        head = await self.find(review_id)
        if head is None:
            raise ReviewNotFoundError(review_id)
        return head

    async def review(self, review_id: str, *, remembered_since: ReviewState | None = None) -> StoredReview | None:
        """Read a review's head and decisions as of one moment, or None if it has no head.

        `remembered_since` is as in `get`. Raises LedgerConflictError if others kept changing the review.
        """
        if remembered := self._remembered(review_id, remembered_since):
            return remembered
        try:
            return await self._consistent(review_id)
        except LedgerConflictError:  # seldom: preparing for it each time would cost a tenth of the read
            return await conflict_retries()(self._consistent, review_id)

    def _remembered(self, review_id: str, since: ReviewState | None) -> StoredReview | None:
        recent = self._recent.get(review_id) if since else None
        return recent if recent and since and _STATES.index(recent.head.state) >= _STATES.index(since) else None

    async def attempts(self, review_id: str) -> AsyncIterator[Attempt]:
        """Yield the review until a transition is committed: as remembered, then as stored, again after a conflict.

        Ends without a commit if there is no such review, or if nothing was to be written to the review as stored.
        Raises LedgerConflictError if others kept changing the review.
        """
        if remembered := self._recent.get(review_id):
            attempt = Attempt(remembered, True, self._write)
            yield attempt
            if attempt.written:
                return
        async for retry in conflict_retries():
            stored = None
            with retry:
                stored = await self._consistent(review_id)
                if stored is None:
                    return
            if stored is None:
                continue  # it changed while it was read
            attempt = Attempt(stored, False, self._write)
            yield attempt
            if not attempt.lost:
                return
            with retry:
                raise LedgerConflictError(f"review {review_id} was changed by another writer")

    async def change(self, review_id: str, compute: Callable[[Head], Transition]) -> Head:
        """Make a transition of a review that must be there. Returns its head after that.

        Raises ReviewNotFoundError, LedgerConflictError, and what `compute` raises.
        """
        head = None
        async for attempt in self.attempts(review_id):
            try:
                transition = compute(attempt.review.head)
            except ValueError:  # an impossible transition
                if attempt.is_remembered:
                    continue
                raise
            head = (await attempt.commit(transition)).head
        if head is None:
            raise ReviewNotFoundError(review_id)
        return head

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
        """Write the first head of a review. Returns False, and writes nothing, if it has one."""
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

    async def _write(
        self,
        stored: StoredReview,
        transition: Transition,
        beside: Sequence[rows.Row] = (),
        replacing: Sequence[rows.Row] = (),
    ) -> Transition:
        done = link(stored.head, transition)
        review_id = done.head.review_id
        condition = {"mode": UpdateMode.REPLACE, "etag": stored.etag, "match_condition": MatchConditions.IfNotModified}
        self._recent.pop(review_id, None)
        try:
            written = await self._table.submit_transaction(
                [
                    ("update", rows.head_row(done.head), condition),
                    *_creations(done),
                    *(("create", row) for row in beside),
                    *(("upsert", row, {"mode": UpdateMode.REPLACE}) for row in replacing),
                ]
            )
        except TableTransactionError as error:
            if error.status_code in _CONFLICT:
                raise LedgerConflictError(f"review {review_id} was changed by another writer") from error
            raise
        decisions = [*stored.decisions, done.decision] if done.decision else stored.decisions
        self._recent[review_id] = StoredReview(done.head, decisions, str(written[0]["etag"]))
        return done

    async def has_note(self, review_id: str, key: str) -> bool:
        """Return whether `note_once` has made a transition for this key."""
        return await has_row(self._table, rows.note_row(review_id, key))

    async def note_once(
        self, review_id: str, key: str, compute: Callable[[Head], Transition]
    ) -> tuple[Head, bool] | None:
        """Make a transition once for each key, however often and wherever at once. None if there is no such review.

        Returns the head, and whether the transition was made, now or before. Raises LedgerConflictError.
        """
        row, result = rows.note_row(review_id, key), None
        async for attempt in self.attempts(review_id):
            head = attempt.review.head
            if await self.has_note(review_id, key):
                result = head, True
                continue
            transition = await attempt.commit(compute(head), row)
            result = transition.head, transition.writes
        return result

    async def audit(self, review_id: str) -> list[tuple[AuditRecord, str]]:
        """Read a review's history in order, each record with the time (ISO 8601) at which storage wrote it."""
        query = "PartitionKey eq @review and RowKey ge 'audit-' and RowKey lt 'audit~'"
        return [
            (rows.audit_of(row), str(row.metadata["timestamp"]))
            async for row in self._table.query_entities(query, parameters={"review": review_id})
        ]

    async def has_record(self, review_id: str, number: str | None, digest: str | None) -> bool:
        """Return whether a review's history has a record of this number with this digest."""
        if not number or not number.isdecimal():
            return False
        try:
            row = await self._table.get_entity(review_id, rows.record_key(int(number)))
        except ResourceNotFoundError:
            return False
        return rows.audit_of(row).digest == digest

    async def everything_of(self, review_id: str) -> list[TableEntity]:
        """Read every row of a review as it is stored, in the order of their keys."""
        rows_of_it = self._table.query_entities("PartitionKey eq @review", parameters={"review": review_id})
        return [row async for row in rows_of_it]

    async def ids_starting_with(self, digits: str) -> list[str]:
        """Find the ids of all reviews, finished or not, that start with these hexadecimal digits."""
        query = "PartitionKey ge @first and PartitionKey lt @after and RowKey eq @head"
        parameters = {"first": digits, "after": digits + "g", "head": rows.HEAD}  # ids are hexadecimal digits
        return [row["PartitionKey"] async for row in self._table.query_entities(query, parameters=parameters)]


def _creations(transition: Transition) -> list[tuple[str, rows.Row]]:
    review_id = transition.head.review_id
    created: list[tuple[str, rows.Row]] = []
    if transition.audit:
        created.append(("create", rows.audit_row(review_id, transition.audit)))
    if transition.decision:
        created.append(("create", rows.decision_row(review_id, transition.decision)))
        created.append(("create", rows.decision_id_row(review_id, transition.decision)))
    return created
