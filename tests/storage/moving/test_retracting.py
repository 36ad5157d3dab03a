"""Retractions that are killed after each of their requests: running them again finishes them, and no byte is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.ledger.rows import OutboxEvent
from compliance.outcome import Verdict
from compliance.retraction import retract
from compliance.review import Head
from compliance.rulings import Transition
from contracts.history import MoveResult
from contracts.names import ARCHIVED, PENDING, PUBLISHED
from reviews.documents.retracting import replaced_refusal, retract_document
from tests.builders import DEADLINE, REVIEWER
from tests.storage.account import Account, fresh_name
from tests.storage.wire import KilledError, after, crash, pass_on

CONTENT = b"approved"


@dataclass
class Events:
    """A topic that accepts everything."""

    published: list[OutboxEvent] = field(default_factory=list)

    async def publish(self, event: OutboxEvent) -> None:
        self.published.append(event)


async def requested(account: Account) -> Head:
    """Publish a document, and record that it is taken back."""
    head = await account.review(fresh_name(), CONTENT, Verdict.APPROVE)
    await account.publish_by_hand(head)
    await account.close(head, MoveResult(location=f"{PUBLISHED}/{head.document.name}"))
    await account.books.retractions.put(head.review_id)

    def recorded(stored: Head) -> Transition:
        ruling = retract(stored, REVIEWER, DEADLINE, "it names a customer")
        assert ruling
        return ruling.transition

    return await account.books.change(head.review_id, recorded)


def app_over(account: Account) -> Any:
    """Return the app as it is after a start: it remembers nothing."""
    return SimpleNamespace(ledger=account.ledger, documents=account.documents, events=Events())


async def assert_retracted(account: Account, head: Head) -> None:
    place = f"{ARCHIVED}/{head.review_id}/{head.document.name}"
    found = await account.everywhere(head)
    assert {where: blob.content for where, blob in found.items()} == {place: CONTENT}
    stored = await account.books.get(head.review_id)
    assert (stored.location, stored.retraction and stored.retraction.done) == (place, True)
    assert stored.copy_etag == await account.etag(place)
    assert [record.event for record, _ in await account.books.audit(head.review_id)][-1] == "document_retracted"
    assert head.review_id not in await account.books.retractions.ids()


async def test_a_crash_after_any_request_is_made_good_by_running_again(account: Account) -> None:
    head, app = await requested(account), app_over(account)
    account.wire.step_in(pass_on)
    assert await retract_document(app, head.review_id)
    await assert_retracted(account, head)
    ids = {event.id for event in app.events.published}

    for number in range(1, len(account.wire.requests) + 1):
        head = await requested(account)
        account.wire.step_in(after(number, crash))
        with pytest.raises(KilledError):
            await retract_document(app_over(account), head.review_id)
        account.wire.step_in(pass_on)
        again = app_over(account)
        await retract_document(again, head.review_id)
        await assert_retracted(account, head)
        assert len({event.id for event in again.events.published} - ids) == 1


@pytest.mark.parametrize("metadata", [{}, {"reviewid": "0" * 64}, {"reviewid": "of another document"}])
async def test_a_copy_whose_metadata_somebody_has_replaced_is_taken_back_too(
    account: Account, metadata: dict[str, str]
) -> None:
    head = await requested(account)
    if metadata.get("reviewid") == "of another document":
        metadata = {"reviewid": (await account.review(fresh_name(), b"other", Verdict.APPROVE)).review_id}
    await account.users.get_blob_client(PUBLISHED, head.document.name).set_blob_metadata(metadata)
    app = app_over(account)

    assert await replaced_refusal(app, head) is None
    await retract_document(app, head.review_id)

    await assert_retracted(account, head)


async def test_a_newer_version_published_meanwhile_stays_and_the_retraction_ends(account: Account) -> None:
    head, app = await requested(account), app_over(account)
    await account.put(PUBLISHED, head.document.name, b"newer", {"reviewid": "f" * 64})

    await retract_document(app, head.review_id)

    found = await account.everywhere(head)
    assert [blob.content for blob in found.values()] == [b"newer"]
    stored = await account.books.get(head.review_id)
    assert (stored.location, stored.retraction and stored.retraction.done) == (None, True)
    assert "location" not in app.events.published[0].data


async def test_nothing_is_done_before_it_is_recorded(account: Account) -> None:
    head = await account.review(fresh_name(), CONTENT, Verdict.APPROVE)
    assert not await retract_document(app_over(account), head.review_id)
    assert f"{PENDING}/{head.document.name}" in await account.everywhere(head)
