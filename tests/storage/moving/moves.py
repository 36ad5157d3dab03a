"""Moves to try: what each starts from, how it is made, and what must hold of the document at its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from compliance.outcome import Outcome, ReviewState, Verdict
from compliance.review import Head
from contracts.history import MoveResult
from contracts.names import PENDING
from tests.storage.account import Account, Found, fresh_name
from tests.storage.wire import pass_on

BYTES = b"%PDF-1.3 the annual report"
EARLIER_BYTES = b"%PDF-1.3 the annual report of last year"
NEWER_BYTES = b"%PDF-1.3 corrected, nobody has looked at it"
USERS_METADATA = {"submitter": "sam@example.org", "ProjectNumber": "Annual, 2nd; %C3%BC=1"}


@dataclass(frozen=True, slots=True)
class Move:
    """A document to be moved, and its earlier version if one is published."""

    head: Head
    earlier: Head | None = None

    @property
    def name(self) -> str:
        """The document's name."""
        return self.head.document.name

    @property
    def published_before(self) -> list[bytes]:
        """The contents published under its name before the move."""
        return [EARLIER_BYTES] if self.earlier else []

    async def run(self, account: Account, at: datetime | None = None) -> MoveResult:
        """Carry out the verdict as the activities do."""
        if self.head.verdict is Verdict.APPROVE:
            return await account.mover.publish(self.head, at)
        return await account.mover.archive(self.head, at)


async def publishing(account: Account, name: str | None = None, content: bytes = BYTES) -> Move:
    """Write an approved document, the first of its name."""
    return Move(await account.review(name or fresh_name(), content, Verdict.APPROVE, **USERS_METADATA))


async def archiving(account: Account, name: str | None = None, content: bytes = BYTES) -> Move:
    """Write a rejected document."""
    return Move(await account.review(name or fresh_name(), content, Verdict.REJECT, **USERS_METADATA))


async def replacing(account: Account) -> Move:
    """Write an approved document whose earlier version was published, but not closed because of a crash."""
    earlier = await account.review(fresh_name(), EARLIER_BYTES, Verdict.APPROVE)
    await account.publish_by_hand(earlier)
    return Move((await publishing(account, earlier.document.name)).head, earlier)


Kind = Callable[..., Awaitable[Move]]
KINDS: list[Kind] = [publishing, archiving, replacing]


async def requests_of(account: Account, kind: Kind) -> list[str]:
    """Return the requests of an undisturbed move."""
    move = await kind(account)
    account.wire.step_in(pass_on)
    await assert_in_one_place(account, move, await move.run(account))
    return account.wire.requests


def writes_among(requests: list[str]) -> list[int]:
    """Return the numbers of the requests that write. A crash after one that reads finds storage as one before it."""
    writes = [number for number, each in enumerate(requests, 1) if not each.startswith(("GET ", "HEAD "))]
    assert 0 < len(writes) < len(requests)
    return writes


def moments_for_others(requests: list[str]) -> list[int]:
    """Return after how many requests a change in `pending` by others can make a difference.

    Those before each request that looks there, and the end: no other request shows who was first.
    """
    looks = [number for number, each in enumerate(requests) if f"/{PENDING}/" in each]
    assert 0 < len(looks) < len(requests)
    return [*looks, len(requests)]


async def assert_in_one_place(account: Account, move: Move, result: MoveResult, content: bytes = BYTES) -> None:
    """Assert that the document is only where its verdict sends it, whole and with its metadata."""
    head = move.head
    approved = head.verdict is Verdict.APPROVE
    location = f"published/{move.name}" if approved else f"archived/{head.review_id}/{move.name}"
    assert result == MoveResult(location=location, etag=await account.etag(location))
    assert await account.everywhere(head) == {location: described(move, content)}
    await assert_earlier_closed(account, move)


def described(move: Move, content: bytes) -> Found:
    """Return a document of these tests as it is stored where its verdict sends it."""
    head = move.head
    metadata = {**USERS_METADATA, **said_of_the_review(head)}
    if move.earlier:
        metadata["replaces"] = move.earlier.review_id
    tier = "Hot" if head.verdict is Verdict.APPROVE else head.policy.archive_tier
    return Found(content, metadata, tier, "application/octet-stream")


def said_of_the_review(head: Head) -> dict[str, str]:
    """Return the app's own metadata of a moved document."""
    return {
        "reviewid": head.review_id,
        "verdict": str(head.verdict),
        "documentcontainer": head.document.container,
        "documentetag": head.document.etag,
        "documentsha256": str(head.document.sha256),
        "auditrecord": str(head.last_audit),
        "auditdigest": str(head.audit_digest),
    }


async def assert_earlier_closed(account: Account, move: Move, content: bytes = EARLIER_BYTES) -> None:
    """Whose published copy was replaced is closed as what it was, and its bytes are kept."""
    if move.earlier:
        stored, later = [await account.books.find(each.review_id) for each in (move.earlier, move.head)]
        assert stored
        assert later
        assert (stored.state, stored.outcome) == (ReviewState.CLOSED, Outcome.APPROVED)
        assert stored.location == f"published/{move.name}"
        assert (later.replaces, stored.replaced_by) == (stored.review_id, later.review_id)
        kept = await account.everywhere(stored)
        place = f"archived/{stored.review_id}/{move.name}"
        assert (kept[place].content, kept[place].metadata["verdict"]) == (content, "approve")
        assert stored.copy_etag == await account.etag(place)


async def assert_nothing_lost(account: Account, move: Move, result: MoveResult) -> None:
    """Assert that newer bytes, written during a move, are still in `pending`, whether or not the move published.

    Nothing else is left anywhere: the overwritten bytes are the user's own doing.
    """
    where = await account.everywhere(move.head)
    assert where.pop(f"pending/{move.name}").content == NEWER_BYTES
    if result.location:
        assert where == {result.location: described(move, BYTES)}
        await assert_earlier_closed(account, move)
        return
    assert result == MoveResult(prevented=Outcome.SUPERSEDED)
    if move.earlier:
        published = where.pop(f"published/{move.name}")
        assert published.metadata["reviewid"] == move.earlier.review_id
        assert published.content == EARLIER_BYTES
    assert where == {}
