"""A blob gets one review under the canonical form of its name, whichever road it came by, or none with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.blobs.documents import Blob
from adapters.messaging.arrivals import Arrival
from compliance.document import review_id
from compliance.review import Head
from contracts.messages.submissions import Announcement, DocumentSubmittedV1
from contracts.names import LONGEST_WRITE, PENDING, SUBMISSIONS
from contracts.policy_file.parsing import parse_policies
from reviews import opening, submitting
from reviews.opening import Opening, SubmissionRefusedError, open_blob
from reviews.submitting import NotThereError, open_announced
from tests.malformed import NO_TEXT

UNUSED: Any = None
NOW = datetime(2026, 3, 5, 9, 30, 0, 500_000, UTC)
SECOND = timedelta(seconds=1)
FIRST_TRY = Arrival("message-1", b"{}", NOW, NOW, 0, None, {})
LAST_TRY = replace(FIRST_TRY, tries=7)
POLICIES = """\
version: "1"
policies:
  - documentClass: default
  - documentClass: contract
    pathPrefix: contracts/
    bindsPrefix: true
"""


class World:
    """Storage with one blob, asked for under any of its names, and a ledger of some reviews."""

    def __init__(self, stored: Blob | None, *reviewed: str, age: timedelta = LONGEST_WRITE - SECOND) -> None:
        self.stored, self.reviewed, self.stored_for = stored, reviewed, age
        self.ledger = self.documents = self

    async def current(self, container: str, name: str) -> Blob | None:
        return self.stored and replace(self.stored, container=container, name=name)

    async def age(self, blob: Blob) -> timedelta:
        return self.stored_for

    async def find(self, review_id: str) -> object:
        return review_id if review_id in self.reviewed else None


def blob(container: str = PENDING, name: str = "a/plan.txt", **changes: Any) -> Blob:
    return replace(Blob(container, name, "0x1", 3, "text/plain", {}, None, NOW), **changes)


def announcement(
    container: str = PENDING, name: str = "a/plan.txt", etag: str = '"0x1"', at: datetime | None = None, **said: str
) -> Announcement:
    wire = {"type": "DocumentSubmittedV1", "container": container, "name": name, "etag": etag, **said}
    return Announcement(DocumentSubmittedV1.model_validate(wire), at)


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Head]:
    """Return the heads of the reviews that are opened."""
    heads: list[Head] = []

    async def write_review(app: Any, client: Any, head: Head) -> bool:
        heads.append(head)
        return True

    found = parse_policies(POLICIES, "policies.yaml", {}.__getitem__)
    for module in (opening, submitting):
        monkeypatch.setattr(module, "policies", lambda: found)
    monkeypatch.setattr(opening, "write_review", write_review)
    return heads


async def open_(world: Any, document: Blob) -> Opening:
    return await open_blob(world, UNUSED, document)


async def announce(world: Any, announced: Announcement, arrival: Arrival = FIRST_TRY) -> None:
    await open_announced(world, UNUSED, announced, arrival)


class TestNames:
    @pytest.mark.parametrize("name", [*NO_TEXT, "/a", "a/", "a//b", "a/../b", "a.", "a./b"])
    @pytest.mark.parametrize("container", [PENDING, SUBMISSIONS])
    async def test_a_name_without_a_canonical_form_is_refused(self, container: str, name: str) -> None:
        with pytest.raises(SubmissionRefusedError, match="the blob's name must not") as refused:
            await open_blob(UNUSED, UNUSED, blob(container, name))

        assert refused.value.blob == (blob(container, name) if container == PENDING else None)

    async def test_both_spellings_of_a_name_open_one_review_on_every_road(self, opened: list[Head]) -> None:
        world: Any = World(blob())
        for spelled in ("contracts/deal.txt", "contracts\\deal.txt"):
            await open_blob(world, UNUSED, blob(name=spelled))
            await announce(world, announcement(name=spelled))
            await announce(world, announcement(name=spelled, at=NOW))

        assert {head.review_id for head in opened} == {review_id(PENDING, "contracts/deal.txt", "0x1")}
        assert {head.document.name for head in opened} == {"contracts/deal.txt"}
        assert {head.policy.document_class for head in opened} == {"contract"}
        assert len(opened) == 6

    @pytest.mark.parametrize("name", ["contracts/deal.txt", "Contracts\\deal.txt"])
    async def test_another_class_is_refused_where_the_prefix_binds_its_own(self, opened: list[Head], name: str) -> None:
        claimed = blob(name=name, metadata={"documentclass": "default"})
        world: Any = World(claimed)
        with pytest.raises(SubmissionRefusedError, match="have the class contract and no other"):
            await open_blob(world, UNUSED, claimed)
        with pytest.raises(SubmissionRefusedError, match="have the class contract and no other"):
            await announce(world, announcement(SUBMISSIONS, name, documentClass="default"))
        assert opened == []


class TestAnnouncementsOfNothing:
    @pytest.mark.parametrize("stored", [None, blob(etag="0x2", changed_at=NOW - SECOND)])
    @pytest.mark.parametrize("container", [PENDING, SUBMISSIONS])
    @pytest.mark.parametrize("written_at", [None, NOW + SECOND])
    async def test_a_version_that_may_be_about_to_appear_is_not_swallowed(
        self, stored: Blob | None, container: str, written_at: datetime | None
    ) -> None:
        for arrival in (FIRST_TRY, LAST_TRY):
            with pytest.raises(NotThereError, match="announce"):
                await announce(World(stored), announcement(container, at=written_at), arrival)

    @pytest.mark.parametrize("stored", [None, blob(etag="0x2")])
    async def test_a_version_that_was_reviewed_is_harmless_wherever_it_is_now(self, stored: Blob | None) -> None:
        world = World(stored, review_id(PENDING, "a/plan.txt", "0x1"))
        await announce(world, announcement(), LAST_TRY)

    async def test_an_event_of_a_version_that_was_replaced_is_out_of_date(self) -> None:
        """Storage rounds the time of the newer version down."""
        for arrival in (FIRST_TRY, LAST_TRY):
            newer = blob(etag="0x2", changed_at=NOW.replace(microsecond=0))
            await announce(World(newer), announcement(at=NOW), arrival)

    async def test_a_message_is_out_of_date_only_if_nothing_speaks_against_it(self) -> None:
        newer = blob(etag="0x2", changed_at=NOW + SECOND)
        await announce(World(newer), announcement())
        with pytest.raises(NotThereError):  # when it came, the announced version was not there
            await announce(World(newer), announcement(), replace(FIRST_TRY, tries=1))


class TestEmptyBlobs:
    async def test_an_empty_blob_waits_for_its_writer(self, opened: list[Head]) -> None:
        empty = blob(length=0)
        assert await open_(World(empty), empty) is Opening.EMPTY
        await announce(World(empty), announcement(at=NOW))
        with pytest.raises(NotThereError, match="empty"):
            await announce(World(empty), announcement(SUBMISSIONS))
        assert opened == []

    async def test_one_that_stays_empty_gets_its_review(self, opened: list[Head]) -> None:
        empty = blob(length=0)
        world: Any = World(empty, age=LONGEST_WRITE)
        assert await open_blob(world, UNUSED, empty) is Opening.OPENED
        await announce(World(empty), announcement(SUBMISSIONS), LAST_TRY)
        assert len(opened) == 2


class TestFilesThatAreNoDocuments:
    @pytest.mark.parametrize(
        "name",
        [".DS_Store", "a/.ds_store", "a\\Thumbs.db", "Desktop.ini", "~$a.doc", "a/._b.pdf", "a.TMP", "a.Partial"],
    )
    async def test_they_are_ignored_and_a_message_that_submits_one_is_refused(
        self, opened: list[Head], name: str
    ) -> None:
        assert await open_(World(None), blob(name=name)) is Opening.IGNORED
        await announce(World(None), announcement(name=name, at=NOW))
        with pytest.raises(SubmissionRefusedError, match="key ignore"):
            await announce(World(blob()), announcement(SUBMISSIONS, name))
        assert opened == []

    @pytest.mark.parametrize("container", [PENDING, SUBMISSIONS])
    async def test_a_folder_is_no_document(self, opened: list[Head], container: str) -> None:
        folder = blob(container, length=0, metadata={"hdi_isfolder": "true"})
        assert await open_(World(folder), folder) is Opening.IGNORED
        await announce(World(folder), announcement(container, at=NOW))
        assert opened == []

    async def test_a_document_that_says_it_is_a_folder_is_reviewed(self, opened: list[Head]) -> None:
        marked = blob(metadata={"hdi_isfolder": "true"})
        assert await open_(World(marked), marked) is Opening.OPENED
        assert len(opened) == 1
