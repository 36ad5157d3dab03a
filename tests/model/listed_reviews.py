"""Reviews that go their way over a table in memory, with the app's own steps, and what the lists of them must show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

from adapters.ledger.delegations import Delegations
from adapters.ledger.lists.day_sums import sums_of
from adapters.ledger.lists.finished import FinishedReview, finished_review
from adapters.ledger.lists.inboxes import Inboxes, inbox_rows
from adapters.ledger.lists.index_keys import due_key, newest_first
from adapters.ledger.lists.list_rows import only_lists
from adapters.ledger.revocations import Revocations
from adapters.ledger.rows import HEAD, OPEN
from adapters.ledger.store import Ledger, StoredReview
from adapters.messaging.arrivals import Arrival
from compliance.document import DocumentVersion
from compliance.history import AuditEvent
from compliance.outcome import ReviewState
from compliance.people.identity import same_person
from compliance.policy import Escalation, Part, Policy, Stage
from compliance.review import Head
from compliance.rounds import awaited, awaits
from compliance.transitions import expire, supersede
from compliance.turnaround import DaySum
from contracts.digest import text_digest
from contracts.history import Inspection, MoveResult
from contracts.messages.commands import ReassignPlaceV1, ReindexLedgerV1
from contracts.messages.decisions import DecisionSubmittedV1, Reading, ReviewWithdrawnV1
from contracts.names import PENDING
from reviews.announcing import announce_outcome
from reviews.closing import close_review
from reviews.listing import list_message
from reviews.opening import write_review
from reviews.operators.reassigning import reassign_place
from reviews.operators.reindexing import reindex
from reviews.recording import record_message
from reviews.requesting import escalate_review, request_decisions
from reviews.sweep.adding_up import add_up_stale_days
from reviews.sweep.correcting import compare_lists, correct, list_submitted
from reviews.sweep.slices import Slice
from tests.builders import REQUESTED_AT, SHA256, policy
from tests.model.table_in_memory import TableInMemory

ANN, BOB, ZOE, SAM, EVE = PEOPLE = ("ann", "bob", "zoe", "sam", "eve")
HOUR: Final = timedelta(hours=1)
RULES: Final[tuple[Policy, ...]] = (
    policy(),
    policy(2, (ANN, BOB), escalation=Escalation(24 * HOUR, (EVE,), 24 * HOUR)),
    policy(stages=(Stage("legal", (Part((ANN,)),)), Stage("all", (Part(), Part((BOB, ZOE)))))),
)
ETAG: Final = "0x1"


class _Outside:
    """Documents that stay as they are, and a broker, a hub and an Event Grid that take everything."""

    async def current(self, container: str, name: str) -> Any:
        return SimpleNamespace(etag=ETAG, name=name) if container == PENDING else None

    async def send(self, *_: Any, **__: Any) -> None: ...

    async def publish(self, _: Any) -> None: ...

    async def start_new(self, *_: Any) -> None: ...

    async def raise_event(self, *_: Any) -> None: ...

    async def get_status(self, _: str) -> None: ...


class ListedReviews:
    """Some reviews, whose steps may be made in any order and as often as one likes."""

    def __init__(self) -> None:
        self.table, self.waiting = TableInMemory(), TableInMemory()
        self.restart()

    def restart(self) -> None:
        """Begin again with nothing remembered, as a new process does."""
        outside, table, waiting = _Outside(), _any(self.table), _any(self.waiting)
        self.app = _any(
            SimpleNamespace(
                ledger=Ledger(table),
                inboxes=Inboxes(waiting),
                delegations=Delegations(table),
                revocations=Revocations(table),
                documents=outside,
                messages=outside,
                events=outside,
                environment="test",
                has_front_door=False,
            )
        )
        self._outside = _any(outside)

    def kill_at(self, write: int) -> None:
        """Kill the app at so many more writes to one of its tables."""
        self.table.kill_after = self.waiting.kill_after = write

    def heads(self) -> list[str]:
        """Return the ids of all reviews."""
        return [partition for partition, key in self.table.rows if key == HEAD]

    async def open(self, number: int) -> None:
        """Open review `number`; its number says which rules it has and who has submitted it."""
        name = f"{number}.txt"
        head = Head(
            review(number),
            DocumentVersion("pending", name, ETAG, None, 9, None),
            RULES[number % len(RULES)],
            (SAM, ZOE)[number % 2],
            submitted_at=REQUESTED_AT - (number + 1) * HOUR,
        )
        await write_review(self.app, self._outside, head)

    async def request(self, number: int) -> None:
        """Inspect, or open the next stage, and ask."""
        if head := await self._head(number):
            inspection = None if head.inspected else Inspection(length=9, sha256=SHA256)
            await request_decisions(self.app, head.review_id, inspection, REQUESTED_AT + number * HOUR)

    async def decide(self, number: int, person: str, vote: str) -> None:
        """Send a decision."""
        said = DecisionSubmittedV1.model_validate(
            {"decisionId": f"{number}-{person}", "reviewId": review(number), "decision": vote, "reviewer": person}
        )
        await self._send(said, REQUESTED_AT + (number + PEOPLE.index(person) + 2) * HOUR)

    async def withdraw(self, number: int, person: str) -> None:
        """Send a withdrawal."""
        said = ReviewWithdrawnV1.model_validate(
            {"type": "ReviewWithdrawnV1", "reviewId": review(number), "by": person, "reason": "a mistake"}
        )
        await self._send(said, REQUESTED_AT + (number + 3) * HOUR)

    async def _send(self, said: Any, at: datetime) -> None:
        ruling = await record_message(self.app, said, _arrival(at))
        if ruling and ruling.answer == "recorded":
            reading = Reading(said, said.review_id, getattr(said, "decision_id", None))
            await list_message(self.app, reading, ruling.head)

    async def escalate(self, number: int, *_: str) -> None:
        """Let the time of the escalation come."""
        if await self._head(number):
            await escalate_review(self.app, review(number), REQUESTED_AT + 24 * HOUR)

    async def reassign(self, number: int, person: str, other: str) -> None:
        """Give somebody's place to another person."""
        command = {"type": "ReassignPlaceV1", "reviewId": review(number), "replaced": person, "replacement": other}
        message = ReassignPlaceV1.model_validate(command | {"by": "olga", "reason": "has left"})
        await reassign_place(self.app, message, _arrival(REQUESTED_AT + 5 * HOUR))

    async def end(self, number: int, *, by_time: bool) -> None:
        """Let a review expire or its document be overwritten."""
        if await self._head(number):
            late = REQUESTED_AT + timedelta(days=30)
            await self.app.ledger.change(
                review(number), lambda head: expire(head, late) if by_time else supersede(head)
            )

    async def finish(self, number: int) -> None:
        """Close a decided review and announce it."""
        head = await self._head(number)
        if head and head.state is not ReviewState.OPEN:
            closed_at = REQUESTED_AT + number * 11 * HOUR + timedelta(days=40)
            await close_review(self.app, head.review_id, MoveResult(location="published/x"), closed_at)
            await announce_outcome(self.app, head.review_id)

    async def sweep(self, part: Slice) -> None:
        """Do what the sweep does with the lists and what it needs for that."""
        read: list[StoredReview] = []
        for review_id in await self.app.ledger.unfinished.ids():
            stored = await self.app.ledger.review(review_id)
            if stored is None:
                await write_review(self.app, self._outside, await self.app.ledger.unfinished.as_opened(review_id))
            elif part.covers(review_id):
                read.append(stored)
        await list_submitted(self.app, [each.head for each in read])
        for suspect in await compare_lists(self.app, part, read):
            await correct(self.app, suspect)
        await add_up_stale_days(self.app)

    async def reindex(self) -> None:
        """Lose all rows of lists, as an import does, and have them made anew by command and sweep."""
        self.table.rows = {key: row for key, row in self.table.rows.items() if not only_lists(row)}
        self.waiting.rows.clear()
        for part in {review_id[:2] for review_id in self.heads()}:
            command = {"type": "ReindexLedgerV1", "idsStartingWith": part, "by": "olga"}
            await reindex(self.app, ReindexLedgerV1.model_validate(command))
        await add_up_stale_days(self.app)

    async def _head(self, number: int) -> Head | None:
        return await self.app.ledger.find(review(number))

    async def truth(self) -> Truth:
        """Return what the ledger says now."""
        ledger = Ledger(_any(self.table))
        stored = [each for head in self.heads() if (each := await ledger.review(head))]
        listed = {key for partition, key in self.table.rows if partition == OPEN and "-" not in key}
        unwritten = [StoredReview(await ledger.unfinished.as_opened(each), [], "") for each in listed - {*self.heads()}]
        withdrawals = {
            each.head.review_id: (record.who or "", record.at)
            for each in stored
            for record, _ in await ledger.audit(each.head.review_id)
            if record.event is AuditEvent.REVIEW_WITHDRAWN and record.at
        }
        return Truth(stored, [each for each in (*stored, *unwritten) if each.head.review_id in listed], withdrawals)

    def found_rows(self) -> tuple[set[str], set[tuple[str, str]]]:
        """Return the keys of all rows that are there."""
        due = {key for partition, key in self.table.rows if partition == OPEN and key.startswith("wait-")}
        return due, set(self.waiting.rows)


@dataclass(frozen=True, slots=True)
class Truth:
    """What the ledger says at one moment: all reviews, those that are not finished, and who has withdrawn which."""

    reviews: list[StoredReview]
    listed: list[StoredReview]
    withdrawals: dict[str, tuple[str, datetime]]

    def unfinished(self) -> list[StoredReview]:
        """Return the reviews that the screen of the unfinished must show, in its order."""
        return sorted(self.listed, key=lambda each: due_key(each.head))

    def waiting_for(self, person: str, *, to_anyone: bool) -> list[str]:
        """Return the ids that a person's inbox must show, in its order."""

        def waits(each: StoredReview) -> bool:
            named = any(same_person(name, person) for name in awaited(each.head, each.decisions))
            return named or (to_anyone and awaits(each.head, each.decisions, person))

        return [each.head.review_id for each in self.unfinished() if waits(each)]

    def finished(self) -> list[FinishedReview]:
        """Return the rows that the screen of the finished must show, in its order."""
        listed = {each.head.review_id for each in self.listed}
        ended = [finished_review(each.head, each.decisions) for each in self.reviews]
        found = [each for each in ended if each and each.review_id not in listed]
        return sorted(found, key=lambda each: newest_first(each.closed_at, each.review_id))

    def day_sums(self) -> list[DaySum]:
        """Return the sums of all days."""
        days: dict[date, list[FinishedReview]] = {}
        for each in self.finished():
            days.setdefault(each.closed_at.date(), []).append(each)
        return [total for day in sorted(days) for total in sums_of(day, days[day])]

    def submitted_by(self, person: str) -> list[str]:
        """Return the ids of what a person has submitted, newest first."""
        own = [each.head for each in self.reviews if same_person(each.head.submitter or "", person)]
        at = {head.review_id: head.submitted_at or REQUESTED_AT for head in own}
        return sorted(at, key=lambda each: newest_first(at[each], each))

    def decided_by(self, person: str) -> list[str]:
        """Return the ids of what a person has decided or withdrawn, newest first."""
        times = {
            each.head.review_id: recorded.decision.enqueued_at
            for each in self.reviews
            for recorded in each.decisions
            if same_person(recorded.decision.reviewer, person)
        }
        times |= {review_id: at for review_id, (who, at) in self.withdrawals.items() if same_person(who, person)}
        return sorted(times, key=lambda each: newest_first(times[each], each))

    def rows(self) -> tuple[set[str], set[tuple[str, str]]]:
        """Return the keys of all rows that must be there: of the list of the unfinished, and of the inboxes."""
        inboxes = [inbox_rows(each.head, each.decisions) for each in self.listed]
        due = {f"wait-{due_key(each.head)}" for each in self.listed}
        return due, {(row.person, row.key) for rows in inboxes for row in rows}


def review(number: int) -> str:
    """Return the id of review `number`."""
    return text_digest(str(number))


def _arrival(at: datetime) -> Arrival:
    return Arrival("m", b"", at, at, 0, None, {})


def _any(fake: object) -> Any:
    return fake
