"""The ledger's storage in memory, and writers that can be interrupted between any two of their actions.

As in the real one, a read sees head and rows of one moment, and a write succeeds as a whole or not at all: only over
the head that was read, and never over a row that exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from compliance.history import AuditRecord
from compliance.outcome import Answer
from compliance.review import Head, RecordedDecision
from compliance.rulings import Ruling, Transition
from tests.model.steps import Step

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
    """The result of a writer, and the version of the review that it had read."""

    step: Step
    read: Stored
    result: Ruling | Transition | None

    @property
    def answer(self) -> Answer | None:
        """The answer to the sender of a message."""
        return self.result.answer if isinstance(self.result, Ruling) else None


class LedgerInMemory:
    """One review's rows, with all their earlier versions and the step that wrote each."""

    def __init__(self, transact: Transact) -> None:
        self.transact = transact
        self.versions = [Stored()]
        self.log: list[Step] = []
        self.replies: list[Reply] = []

    @property
    def stored(self) -> Stored:
        """Return the rows as they are now."""
        return self.versions[-1]

    def write(self, read: Stored, step: Step, transition: Transition) -> None:
        """Write one entity-group transaction. Raises ConflictError if the head has changed since it was read."""
        now = self.stored
        if now.version != read.version:
            raise ConflictError
        decisions = (transition.decision,) if transition.decision else ()
        audit = (transition.audit,) if transition.audit else ()
        for row in decisions:
            assert row.seq not in {old.seq for old in now.decisions}
            assert row.decision.decision_id not in {old.decision.decision_id for old in now.decisions}
        for record in audit:
            assert record.seq not in {old.seq for old in now.audit}
        rows = replace(now, head=transition.head, decisions=now.decisions + decisions, audit=now.audit + audit)
        self.versions.append(replace(rows, version=now.version + 1))
        self.log.append(step)

    def writer(self, step: Step) -> Iterator[None]:
        """Read, compute, write, reply; start over after a conflict. To crash it, drop the iterator."""
        while True:
            read = self.stored
            yield
            result = self.transact(step, read.head, read.decisions)
            if result and result.writes:
                try:
                    self.write(read, step, result.transition if isinstance(result, Ruling) else result)
                except ConflictError:
                    continue
            yield
            self.replies.append(Reply(step, read, result))
            return

    def run(self, steps: list[Step], schedule: list[tuple[int, bool]]) -> None:
        """Make all steps, up to three at once. `schedule` picks each writer that acts, or crashes and restarts."""
        waiting, running = list(reversed(steps)), list[tuple[Step, Iterator[None]]]()
        picks = iter(schedule)
        while waiting or running:
            pick, crash = next(picks, (0, False))
            if waiting and len(running) <= pick:
                step = waiting.pop()
                running.append((step, self.writer(step)))
                continue
            step, writer = running[pick % len(running)]
            if crash:
                running[pick % len(running)] = (step, self.writer(step))
            elif next(writer, "ended") == "ended":
                running.remove((step, writer))
