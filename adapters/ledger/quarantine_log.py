"""Who took which message off a quarantine and why: in the review's own history, or where no review is known, beside it.

The rows without a review are in the ledger's partition `quarantine`, one for each step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableClient

from adapters.ledger.store import Ledger, LedgerConflictError
from adapters.messaging.messages import hashed_id
from compliance.outcome import Answer
from compliance.review import AuditEvent, Head, Transition
from contracts.messages.decisions import QuarantineHandledV1

_PARTITION: Final = "quarantine"
_EVENTS: Final = {"replay": AuditEvent.QUARANTINE_REPLAYED, "discard": AuditEvent.QUARANTINE_DISCARDED}
_SHOWN: Final = 12  # digits of an id
_MOST_TRIES: Final = 10


@dataclass(frozen=True, slots=True)
class QuarantineStep:
    """A step on a message that is about no known review."""

    at: datetime
    event: str
    who: str
    detail: str
    queue: str


class QuarantineLog:
    """Writes each step once, however often it is told."""

    def __init__(self, table: TableClient, ledger: Ledger) -> None:
        self._table = table
        self._ledger = ledger

    async def note(self, said: QuarantineHandledV1, at: datetime) -> Head | None:
        """Record a step; the head of the review that the message is about, if there is one.

        Raises LedgerConflictError when others kept changing the review.
        """
        for _ in range(_MOST_TRIES):
            done = await self._in_history(said.review_id, said, at) if said.review_id else None
            if done is None:
                await self._beside(said, at)
                return None
            if done.answer:
                return done.head
        raise LedgerConflictError(f"review {said.review_id} changed whenever a step was to be recorded")

    async def _in_history(self, review_id: str, said: QuarantineHandledV1, at: datetime) -> Transition | None:
        """None: no such review. Without an answer: the review has changed meanwhile."""
        event, detail = _EVENTS[said.action], _detail(said)
        history = [record for record, _ in await self._ledger.audit(review_id)]
        told = any((record.event, record.who, record.detail) == (event, said.by, detail) for record in history)

        def compute(head: Head | None, _: object) -> Transition | None:
            if head is None:
                return None
            if told:
                return Transition(head, answer=Answer.RECORDED)
            if head.last_audit != len(history):  # it may have been told since the history was read
                return Transition(head)
            return replace(Transition.audited(head, event, at, said.by, detail), answer=Answer.RECORDED)

        return await self._ledger.transition(review_id, compute)

    async def steps(self) -> list[QuarantineStep]:
        """The steps on messages that are about no known review, oldest first."""
        query = "PartitionKey eq @partition"
        rows = self._table.query_entities(query, parameters={"partition": _PARTITION})
        return sorted([_step(row) async for row in rows], key=lambda step: step.at)

    async def _beside(self, said: QuarantineHandledV1, at: datetime) -> None:
        row = {
            "PartitionKey": _PARTITION,
            "RowKey": hashed_id(said.step_id),
            "at": at.isoformat(),
            "event": _EVENTS[said.action],
            "who": said.by,
            "detail": _detail(said),
            "queue": said.queue,
        }
        try:
            await self._table.create_entity(row)
        except ResourceExistsError:
            return  # told again


def _detail(said: QuarantineHandledV1) -> str:
    what = f"message {said.quarantined_id[:_SHOWN]}{' after an edit' if said.edited else ''}"
    return f"{what}, step {hashed_id(said.step_id)[:_SHOWN]}: {said.reason}"


def _step(row: dict[str, Any]) -> QuarantineStep:
    return QuarantineStep(datetime.fromisoformat(row["at"]), row["event"], row["who"], row["detail"], row["queue"])
