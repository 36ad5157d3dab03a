"""Where each verdict sends a document, and what prevents it, seen in storage."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from azure.storage.blob import ContentSettings

from adapters.blobs.copies import CopyFailedError
from adapters.blobs.moved_copies import copies_of
from compliance.outcome import Outcome, Reason, Verdict
from contracts.blob_path import canonical_name
from contracts.history import MoveResult
from contracts.names import ARCHIVED, PENDING, PUBLISHED, STAGING
from reviews.documents.moving import OtherVerdictError
from tests.storage.account import Account, fresh_name
from tests.storage.moving.moves import (
    BYTES,
    EARLIER_BYTES,
    KINDS,
    NEWER_BYTES,
    Kind,
    Move,
    archiving,
    assert_earlier_closed,
    assert_in_one_place,
    assert_nothing_lost,
    publishing,
    replacing,
    said_of_the_review,
)
from tests.storage.wire import KilledError, after, crash, pass_on

NAMES = [
    "annual report 2025.pdf",
    "Überprüfung der Straße.pdf",
    "年次報告書.pdf",
    "📄 emoji.pdf",
    "100% #1?a=b&c=d+e.pdf",
    "already%20encoded%2Fonce.pdf",
    "a'b\"c(d)[e]{f}~!@$^*;,=`|<>.pdf",
    "two  blanks and trailing. ",
    "no-extension",
    "a/b/c/d/e/f/g/h/i/j/k.pdf",
    "a//b.pdf",
    "ü" * 900 + ".pdf",
]


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.EXPIRE, Verdict.WITHDRAW])
async def test_what_is_not_approved_is_archived_in_the_tier_of_its_policy(account: Account, verdict: Verdict) -> None:
    move = await archiving(account)
    move = Move(replace(move.head, verdict=verdict, policy=replace(move.head.policy, archive_tier="Cold")))

    await assert_in_one_place(account, move, await move.run(account))


@pytest.mark.parametrize("kind", [publishing, archiving])
async def test_an_empty_document_moves_like_any_other(account: Account, kind: Kind) -> None:
    move = await kind(account, content=b"")

    await assert_in_one_place(account, move, await move.run(account), b"")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [publishing, archiving])
async def test_any_name_that_storage_takes_survives_the_move(account: Account, kind: Kind, name: str) -> None:
    move = await kind(account, fresh_name(name))

    await assert_in_one_place(account, move, await move.run(account))


async def test_the_longest_name_is_archived_without_its_beginning(account: Account) -> None:
    name = fresh_name("x" * 1000)
    name += "y" * (1024 - len(name))
    move = await archiving(account, name)

    moved = await move.run(account)

    assert moved.location == f"archived/{move.head.review_id}/{name[65:]}"
    assert list(await account.everywhere(move.head)) == [moved.location]


@pytest.mark.parametrize(
    "ending",
    [
        "/".join(["p"] * 252),
        "/".join(["p" * 3] * 252),
        "\U0001f4c4" * 504,
        "x" * 48 + "/" + "y" * 959,
        "x" * 47 + "/.y" + "z" * 956,
        "\u00fc" * 1008,
    ],
    ids=["as-many-parts", "long-and-as-many-parts", "beyond-16-bits", "cut-at-a-slash", "cut-before-a-dot", "large"],
)
async def test_an_archived_copy_is_known_as_its_reviews_however_long_the_name(account: Account, ending: str) -> None:
    move = await archiving(account, fresh_name(ending)[: 1024 - ending.count("\U0001f4c4")])
    head = move.head
    assert canonical_name(move.name) == move.name

    moved = await move.run(account)

    container, _, place = str(moved.location).partition("/")
    assert canonical_name(place) == place
    assert len(place.encode("utf-16-le")) <= 2048
    assert [copy.document for copy in await copies_of(account.documents, head.review_id, move.name)] == [head.document]
    assert container == ARCHIVED


async def test_running_again_after_the_end_says_the_same(account: Account) -> None:
    for kind in KINDS:
        move = await kind(account)
        assert await move.run(account) == await move.run(account)


async def test_a_replaced_version_of_a_closed_review_stays_closed_as_it_was(account: Account) -> None:
    move = await replacing(account)
    assert move.earlier
    closed = await account.close(move.earlier, MoveResult(location=f"published/{move.name}"))

    await assert_in_one_place(account, move, await move.run(account))

    stored = await account.books.find(closed.review_id)
    assert stored
    assert (stored.location, stored.closed_at, stored.outcome) == (closed.location, closed.closed_at, closed.outcome)


@pytest.mark.parametrize("kind", KINDS)
async def test_bytes_that_were_overwritten_before_the_move_are_superseded(account: Account, kind: Kind) -> None:
    move = await kind(account)
    await account.put(PENDING, move.name, NEWER_BYTES)

    result = await move.run(account)

    assert result == MoveResult(prevented=Outcome.SUPERSEDED)
    await assert_nothing_lost(account, move, result)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_document_that_was_deleted_before_the_move_is_gone(account: Account, kind: Kind) -> None:
    move = await kind(account)
    await account.users.get_blob_client(PENDING, move.name).delete_blob()

    assert await move.run(account) == MoveResult(prevented=Outcome.GONE)
    assert [found.content for found in (await account.everywhere(move.head)).values()] == [EARLIER_BYTES] * (
        kind is replacing
    )


@pytest.mark.parametrize("owner", [{}, {"reviewid": "0" * 64}, {"reviewid": "of another document"}])
async def test_a_published_name_of_somebody_else_is_left_alone(account: Account, owner: dict[str, str]) -> None:
    move = await publishing(account)
    if owner.get("reviewid") == "of another document":
        owner = {"reviewid": (await publishing(account)).head.review_id}
    await account.put(PUBLISHED, move.name, b"somebody else's", owner)

    assert await move.run(account) == MoveResult(
        location=f"pending/{move.name}", prevented=Outcome.FAILED, reason=Reason.TARGET_TAKEN
    )

    where = await account.everywhere(move.head)
    assert {place: found.content for place, found in where.items()} == {
        f"pending/{move.name}": BYTES,
        f"published/{move.name}": b"somebody else's",
    }


@pytest.mark.parametrize("verdict", [None, Verdict.REJECT, Verdict.APPROVE, Verdict.SUPERSEDE])
async def test_a_move_to_which_the_ledger_does_not_lead_any_more_leaves_the_document(
    account: Account, verdict: Verdict | None
) -> None:
    """The ledger was restored to an earlier state, and the orchestration goes on as it was."""
    head = replace((await publishing(account)).head, verdict=verdict)
    mover = account.mover
    wrong = {Verdict.APPROVE: [mover.archive], Verdict.REJECT: [mover.publish]}
    for move in wrong.get(verdict, [mover.publish, mover.archive]):  # type: ignore[call-overload]
        with pytest.raises(OtherVerdictError):
            await move(head)
    assert list(await account.everywhere(head)) == [f"pending/{head.document.name}"]


@pytest.mark.parametrize("kind", [publishing, archiving])
async def test_bytes_that_nobody_decided_on_do_not_stay(account: Account, kind: Kind) -> None:
    move = await kind(account)
    move = Move(replace(move.head, document=replace(move.head.document, sha256="00" * 32)))

    assert await move.run(account) == MoveResult(
        location=f"pending/{move.name}", prevented=Outcome.FAILED, reason=Reason.HASH_MISMATCH
    )
    assert list(await account.everywhere(move.head)) == [f"pending/{move.name}"]


async def test_bytes_that_nobody_decided_on_replace_nothing(account: Account) -> None:
    move = await replacing(account)
    move = replace(move, head=replace(move.head, document=replace(move.head.document, sha256="00" * 32)))

    assert await move.run(account) == MoveResult(
        location=f"pending/{move.name}", prevented=Outcome.FAILED, reason=Reason.HASH_MISMATCH
    )

    where = await account.everywhere(move.head)
    assert {place: found.content for place, found in where.items()} == {
        f"pending/{move.name}": BYTES,
        f"published/{move.name}": EARLIER_BYTES,
    }


async def test_a_document_with_a_snapshot_is_moved_with_it(account: Account) -> None:
    move = await publishing(account)
    await account.users.get_blob_client(PENDING, move.name).create_snapshot()

    await assert_in_one_place(account, move, await move.run(account))


async def test_metadata_as_large_as_storage_takes_does_not_keep_a_document_from_moving(account: Account) -> None:
    large = {"note": "x" * (7 * 1024), "other": "y" * (1024 - len("noteotherlast") - 1), "last": "z"}
    head = await account.review(fresh_name(), BYTES, Verdict.APPROVE, **large)

    moved = await account.mover.publish(head)

    found = (await account.everywhere(head))[str(moved.location)]
    assert found.metadata == {"note": large["note"], "last": "z", **said_of_the_review(head)}


@pytest.mark.parametrize("kind", KINDS)
async def test_metadata_and_index_tags_arrive_as_they_were(account: Account, kind: Kind) -> None:
    move = await kind(account)
    source = account.users.get_blob_client(PENDING, move.name)
    tags = {"Project": "A+B = 1:2/3.x_y", "Malware Scanning scan result": "No threats found"}
    await source.set_blob_tags(tags)

    result = await move.run(account)

    await assert_in_one_place(account, move, result)
    container, _, name = str(result.location).partition("/")
    ours = {"reviewid": move.head.review_id, "verdict": str(move.head.verdict)}
    assert await account.users.get_blob_client(container, name).get_blob_tags() == {**tags, **ours}


async def test_as_many_index_tags_as_storage_takes_leave_no_room_for_ours(account: Account) -> None:
    for number, ours in ((9, {"reviewid"}), (10, set[str]())):
        move = await publishing(account)
        tags = {f"tag-{each}": "x" for each in range(number)}
        await account.users.get_blob_client(PENDING, move.name).set_blob_tags(tags)

        await assert_in_one_place(account, move, await move.run(account))

        published = await account.users.get_blob_client(PUBLISHED, move.name).get_blob_tags()
        assert published.keys() == {*tags, *ours}


async def test_what_an_earlier_review_has_written_on_a_document_is_replaced_in_any_spelling(account: Account) -> None:
    earlier = {"ReviewId": "ab" * 32, "AuditDigest": "cd" * 32, "documentSha256": "ef" * 32, "AUDITRECORD": "7"}
    head = await account.review(fresh_name(), BYTES, Verdict.APPROVE, Project="Annual", **earlier)
    tags = {"reviewid": "ab" * 32, "verdict": "reject", "kept": "yes"}
    await account.users.get_blob_client(PENDING, head.document.name).set_blob_tags(tags)

    moved = await account.mover.publish(head)

    found = (await account.everywhere(head))[str(moved.location)]
    assert found.metadata == {"Project": "Annual", **said_of_the_review(head)}
    published = await account.users.get_blob_client(PUBLISHED, head.document.name).get_blob_tags()
    assert published == {"reviewid": head.review_id, "verdict": "approve", "kept": "yes"}


async def test_a_forged_review_id_in_the_metadata_of_an_upload_means_nothing(account: Account) -> None:
    victim = (await publishing(account)).head
    head = await account.review(fresh_name(), BYTES, Verdict.APPROVE, reviewid=victim.review_id)

    moved = await account.mover.publish(head)

    assert (await account.everywhere(head))[str(moved.location)].metadata["reviewid"] == head.review_id


async def test_somebody_elses_blob_under_the_staging_name_is_left_alone(account: Account) -> None:
    move = await replacing(account)
    await account.put(STAGING, move.head.review_id, b"somebody else's")

    assert await move.run(account) == MoveResult(
        location=f"pending/{move.name}", prevented=Outcome.FAILED, reason=Reason.TARGET_TAKEN
    )

    where = await account.everywhere(move.head)
    assert {place: found.content for place, found in where.items()} == {
        f"pending/{move.name}": BYTES,
        f"published/{move.name}": EARLIER_BYTES,
        f"staging/{move.head.review_id}": b"somebody else's",
    }


async def test_properties_that_are_set_after_the_copy_do_not_make_it_look_unfinished(account: Account) -> None:
    move = await publishing(account)
    target = account.users.get_blob_client(PUBLISHED, move.name)

    async def set_content_type_and_crash() -> None:
        await target.set_http_headers(ContentSettings(content_type="application/pdf"))
        account.wire.forget_copies = True  # as Azure does then; Azurite remembers
        await crash()

    account.wire.step_in(after(4, set_content_type_and_crash))
    with pytest.raises(KilledError):
        await move.run(account)
    await account.users.get_blob_client(PENDING, move.name).delete_blob()
    account.wire.step_in(pass_on)

    assert (await move.run(account)).location == f"published/{move.name}"
    assert [found.content for found in (await account.everywhere(move.head)).values()] == [BYTES]


async def test_what_somebody_made_of_a_published_document_is_left_alone(account: Account) -> None:
    move = await publishing(account)
    await account.put(PUBLISHED, move.name, b"edited in place", {"reviewid": move.head.review_id})

    assert await move.run(account) == MoveResult(
        location=f"pending/{move.name}", prevented=Outcome.FAILED, reason=Reason.TARGET_TAKEN
    )

    where = await account.everywhere(move.head)
    assert {place: found.content for place, found in where.items()} == {
        f"pending/{move.name}": BYTES,
        f"published/{move.name}": b"edited in place",
    }
    assert await account.books.find(move.head.review_id) == move.head


async def test_a_replaced_version_is_closed_whatever_was_set_on_its_copy(account: Account) -> None:
    move = await replacing(account)
    account.wire.forget_copies = True

    await assert_in_one_place(account, move, await move.run(account))


async def test_a_copy_that_somebody_overwrites_before_it_is_verified_costs_no_document(account: Account) -> None:
    move = await publishing(account)

    async def overwrite() -> None:
        await account.put(PUBLISHED, move.name, b"somebody else's")

    account.wire.step_in(after(4, overwrite))
    with suppress(CopyFailedError):
        await move.run(account)
    account.wire.step_in(pass_on)

    assert (await move.run(account)).reason == Reason.TARGET_TAKEN
    assert (await account.everywhere(move.head))[f"pending/{move.name}"].content == BYTES


async def test_a_copy_that_a_later_version_replaces_before_it_is_verified_was_published(account: Account) -> None:
    move = await publishing(account)
    later = move

    async def publish_a_later_version() -> None:
        nonlocal later
        later = Move((await publishing(account, move.name, NEWER_BYTES)).head, move.head)
        assert (await later.run(account)).location == f"published/{move.name}"

    account.wire.step_in(after(4, publish_a_later_version))

    assert (await move.run(account)).location == f"published/{move.name}"
    where = {place: found.content for place, found in (await account.everywhere(move.head)).items()}
    assert where == {f"published/{move.name}": NEWER_BYTES, f"archived/{move.head.review_id}/{move.name}": BYTES}
    await assert_earlier_closed(account, later, BYTES)
