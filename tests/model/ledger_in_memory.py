"""The ledger's storage in memory, and writers that can be interrupted between any two of their actions.

As the real one: a read sees head and rows of one moment; a write goes through whole or not at all, only over the head
that was read, and never over a row that exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from compliance.outcome import Answer
from compliance.review import AuditRecord, Head, RecordedDecision, Ruling, Transition
from tests.model.review_model import Step

Transact = Callable[[Step, Head | None, tuple[RecordedDecision, ...]], Ruling | Transition | None]


class ConflictError(Exception):
    """Another writer was faster."""


@dataclass(frozen=True)
class Stored:
    """All rows of one review at one moment; `version` is the head's ETag: how many transactions there were."""

    version: int = 0
    head: Head | None = None
    decisions: tuple[RecordedDecision, ...] = ()
    audit: tuple[AuditRecord, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What a writer came to, and which version of the review it had read."""

    step: Step
    read: Stored
    made: Ruling | Transition | None

    @property
    def answer(self) -> Answer | None:
        """The answer to the sender of a message."""
        return self.made.answer if isinstance(self.made, Ruling) else None


class LedgerInMemory:
    """One review's rows, with all their earlier versions and the step that wrote each."""

    def __init__(self, transact: Transact) -> None:
        self.transact = transact
        self.versions = [Stored()]
        self.log: list[Step] = []
        self.replies: list[Reply] = []

    @property
    def stored(self) -> Stored:
        """The rows as they are now."""
        return self.versions[-1]

    def write(self, read: Stored, step: Step, made: Transition) -> None:
        """One entity-group transaction. Raises ConflictError where the head is another one than was read."""
        now = self.stored
        if now.version != read.version:
            raise ConflictError
        decisions = (made.decision,) if made.decision else ()
        audit = (made.audit,) if made.audit else ()
        for row in decisions:
            assert row.seq not in {old.seq for old in now.decisions}
            assert row.decision.decision_id not in {old.decision.decision_id for old in now.decisions}
        for record in audit:
            assert record.seq not in {old.seq for old in now.audit}
        rows = replace(now, head=made.head, decisions=now.decisions + decisions, audit=now.audit + audit)
        self.versions.append(replace(rows, version=now.version + 1))
        self.log.append(step)

    def writer(self, step: Step) -> Iterator[None]:
        """Read, compute, write, reply; again after a conflict. A crash forgets the iterator: make the step again."""
        while True:
            read = self.stored
            yield
            made = self.transact(step, read.head, read.decisions)
            if made and made.writes:
                try:
                    self.write(read, step, made.transition if isinstance(made, Ruling) else made)
                except ConflictError:
                    continue
            yield
            self.replies.append(Reply(step, read, made))
            return

    def run(self, steps: list[Step], moves: list[tuple[int, bool]]) -> None:
        """Make all steps, up to three at once. Each move picks a writer and lets it act, or crash and start over."""
        waiting, running = list(reversed(steps)), list[tuple[Step, Iterator[None]]]()
        schedule = iter(moves)
        while waiting or running:
            pick, crash = next(schedule, (0, False))
            if waiting and len(running) <= pick:
                step = waiting.pop()
                running.append((step, self.writer(step)))
                continue
            step, writer = running[pick % len(running)]
            if crash:
                running[pick % len(running)] = (step, self.writer(step))
            elif next(writer, "ended") == "ended":
                running.remove((step, writer))
