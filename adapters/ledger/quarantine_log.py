"""The steps on quarantined messages, with who took them and why, in the history of the review concerned.

A step on a message about no known review is a row in the ledger's partition `quarantine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableClient

from adapters.ledger.store import Ledger
from compliance.review import AuditEvent, Head, Transition
from contracts.digest import hashed_id
from contracts.messages.decisions import QuarantineHandledV1

_PARTITION: Final = "quarantine"
_EVENTS: Final = {"replay": AuditEvent.QUARANTINE_REPLAYED, "discard": AuditEvent.QUARANTINE_DISCARDED}
_ID_DIGITS: Final = 12  # of an id in a text


@dataclass(frozen=True, slots=True)
class QuarantineStep:
    """A step on a message about no known review."""

    at: datetime
    event: str
    who: str
    detail: str
    queue: str


class QuarantineLog:
    """The log of steps. Each is written once, however often it is reported."""

    def __init__(self, table: TableClient, ledger: Ledger) -> None:
        self._table = table
        self._ledger = ledger

    async def note(self, step: QuarantineHandledV1, at: datetime) -> Head | None:
        """Record a step; return the head of the review that the message is about, or None if no such review is known.

        Raises LedgerConflictError if others keep changing the review.
        """
        head = await self._write_in_history(step.review_id, step, at) if step.review_id else None
        if head is None:
            await self._write_row(step, at)
        return head

    async def _write_in_history(self, review_id: str, step: QuarantineHandledV1, at: datetime) -> Head | None:
        """Return the review's head, or None if there is no such review."""
        event, detail = _EVENTS[step.action], _detail(step)
        head = None
        async for attempt in self._ledger.attempts(review_id):
            head = attempt.review.head
            history = [record for record, _ in await self._ledger.audit(review_id)]
            if any((record.event, record.who, record.detail) == (event, step.by, detail) for record in history):
                continue
            if head.last_audit != len(history):  # this very step may have been recorded since the head was read
                attempt.lost = True
                continue
            head = (await attempt.commit(Transition.audited(head, event, at, step.by, detail))).head
        return head

    async def steps(self) -> list[QuarantineStep]:
        """Return the steps on messages about no known review, oldest first."""
        query = "PartitionKey eq @partition"
        rows = self._table.query_entities(query, parameters={"partition": _PARTITION})
        return sorted([_step(row) async for row in rows], key=lambda step: step.at)

    async def _write_row(self, step: QuarantineHandledV1, at: datetime) -> None:
        row = {
            "PartitionKey": _PARTITION,
            "RowKey": hashed_id(step.step_id),
            "at": at.isoformat(),
            "event": _EVENTS[step.action],
            "who": step.by,
            "detail": _detail(step),
            "queue": step.queue,
        }
        try:
            await self._table.create_entity(row)
        except ResourceExistsError:
            return  # reported before


def _detail(step: QuarantineHandledV1) -> str:
    what = f"message {step.quarantined_id[:_ID_DIGITS]}{' after an edit' if step.edited else ''}"
    return f"{what}, step {hashed_id(step.step_id)[:_ID_DIGITS]}: {step.reason}"


def _step(row: dict[str, Any]) -> QuarantineStep:
    return QuarantineStep(datetime.fromisoformat(row["at"]), row["event"], row["who"], row["detail"], row["queue"])
