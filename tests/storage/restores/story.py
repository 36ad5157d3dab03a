"""A story with every kind of ending, told in moments, and what ledger and storage hold at each of them."""

from __future__ import annotations

from dataclasses import dataclass

from azure.data.tables import TableEntity

from compliance.document import review_id
from compliance.outcome import ReviewState, Verdict, Vote
from compliance.review import Head
from compliance.rulings import Transition
from compliance.transitions import withdraw
from contracts.names import LEDGER_TABLE, PENDING, SUBMISSIONS, WAITING_TABLE
from reviews.opening import open_blob
from tests.builders import REQUESTED_AT, decision
from tests.recording import record_decision
from tests.storage.account import CONTAINERS, Account
from tests.storage.restores.azurite_moments import AzuriteMoments, Database
from tests.storage.restores.running_app import RunningApp, rows_of
from tests.storage.wire import KilledError, after, crash, pass_on

APPROVED, REPLACED = "approved.txt", "replaced.txt"
NAMES = (APPROVED, "rejected.txt", "expired.txt", "withdrawn.txt", REPLACED)
SAM = "sam@example.org"
CONTENT = {name: f"the bytes of {name}".encode() for name in NAMES}
SECOND = b"the second version"
MOMENTS: tuple[str, ...] = (
    "nothing",
    "opened",
    "inspected",
    "decided",
    "copied",
    "closed",
    "second version approved",
    "replaced",
)


@dataclass
class Moment:
    """What ledger and storage hold."""

    rows: list[TableEntity]
    blobs: Database


class Story:
    """The steps that lead to each moment."""

    def __init__(self, running: RunningApp) -> None:
        self._running = running
        self._account = running.account
        self._ledger = running.app.ledger

    async def tell(self, moment: str) -> None:
        """Let happen what leads to a moment from the one before."""
        steps = (
            self._create,
            self._open,
            self._inspect,
            self._decide,
            self._copy,
            self._close,
            self._again,
            self._close,
        )
        await dict(zip(MOMENTS, steps, strict=True))[moment]()

    async def _create(self) -> None:
        for container in (*CONTAINERS, SUBMISSIONS):
            await self._account.users.create_container(container)
        for table in (LEDGER_TABLE, WAITING_TABLE):
            await self._account.users_tables.create_table(table)

    async def _open(self) -> None:
        for name, content in CONTENT.items():
            await self._submit(name, content)

    async def _inspect(self) -> None:
        for head in await self._running.heads():
            await self._running.go_on(head.review_id)

    async def _copy(self) -> None:
        for head in await self._running.heads():
            if head.verdict and head.verdict is not Verdict.SUPERSEDE:
                await self._crash_after_copy(head)

    async def _close(self) -> None:
        for head in await self._running.heads():
            if head.state is ReviewState.DECIDED:
                await self._running.finish(head)

    async def _again(self) -> None:
        head = await self._submit(APPROVED, SECOND)
        await self._running.go_on(head.review_id)
        await self._vote(head, Vote.APPROVE)

    async def _submit(self, name: str, content: bytes) -> Head:
        etag = await self._account.put(PENDING, name, content, {"submitter": SAM})
        blob = await self._running.app.documents.current(PENDING, name)
        assert blob
        await open_blob(self._running.app, self._running.client, blob)
        return await self._ledger.get(review_id(PENDING, name, etag))

    async def _decide(self) -> None:
        for head in await self._running.heads():
            match head.document.name:
                case "approved.txt":
                    await self._vote(head, Vote.APPROVE)
                case "rejected.txt":
                    await self._vote(head, Vote.REJECT)
                case "expired.txt":
                    await self._running.expire(head)
                case "withdrawn.txt":
                    await self._ledger.change(head.review_id, withdrawn)
                case _:
                    await self._submit(REPLACED, SECOND)  # supersedes the first

    async def _vote(self, head: Head, vote: Vote) -> None:
        said = decision(vote=vote, decision_id=head.review_id, message_id=head.review_id, enqueued_at=REQUESTED_AT)
        await record_decision(self._ledger, head.review_id, said)

    async def _crash_after_copy(self, head: Head) -> None:
        self._account.wire.step_in(after(4, crash))
        try:
            await self._running.finish(head)
        except KilledError:
            pass
        finally:
            self._account.wire.step_in(pass_on)


def withdrawn(head: Head) -> Transition:
    """Withdraw a review as its submitter."""
    ruling = withdraw(head, SAM, REQUESTED_AT, "a mistake")
    assert ruling
    return ruling.transition


async def tell(azurite: AzuriteMoments) -> dict[str, Moment]:
    """Tell the story; return each moment by its name."""
    moments = dict[str, Moment]()
    for name in MOMENTS:
        with azurite.story() as connection_string:
            async with Account(connection_string, connection_string) as account:
                await Story(RunningApp(account)).tell(name)
                rows = await rows_of(account.users_tables)
        moments[name] = Moment(rows, azurite.moment())
    return moments
