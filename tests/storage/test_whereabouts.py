"""What the commands say of a moved document, where it is and whether it is still the same: they look first."""

from __future__ import annotations

from dataclasses import replace
from tempfile import TemporaryFile
from typing import Any

import pytest

from cli.documents.fetching import _fetch
from cli.evidence.moved_document import with_document
from cli.evidence.write import _fetch as _fetch_for_bundle
from cli.failures import CommandError, ExitCode
from cli.whereabouts import blob_to_read, whereabouts
from compliance.outcome import Outcome, ReviewState
from compliance.review import Head, Retraction
from evidence.checks import Evidence
from evidence.head_facts import head_content
from evidence.report import report
from tests.builders import DEADLINE
from tests.storage.account import Account
from tests.storage.moving.moves import BYTES, EARLIER_BYTES, archiving, publishing, replacing, said_of_the_review


async def closed(account: Account, kind: Any = publishing) -> tuple[Head, str]:
    """Return a review whose document was moved, and where it is."""
    move = await kind(account)
    head = await account.close(move.head, await move.run(account))
    return head, str(head.location)


def blob_at(account: Account, place: str) -> Any:
    return account.users.get_blob_client(*place.split("/", 1))


async def put_at(account: Account, place: str, content: bytes, metadata: dict[str, str]) -> None:
    container, name = place.split("/", 1)
    await account.put(container, name, content, metadata)


async def refusals(account: Account, head: Head, tmp_path: Any) -> tuple[str, str, ExitCode]:
    """Return what `fetch` and `evidence --with-document` say instead of writing a file, and the code of `fetch`."""
    file = tmp_path / "fetched"
    with pytest.raises(CommandError) as fetching:
        source = await blob_to_read(account.documents, head)
        await _fetch(account.documents, source, head, file, quiet=True)
    assert not file.exists()
    evidence = Evidence(head.review_id, head_content(head), (), ())
    with TemporaryFile() as content, pytest.raises(CommandError) as bundling:
        await _fetch_for_bundle(account.documents, evidence, content)
    return str(fetching.value), str(bundling.value), fetching.value.code


async def test_a_replaced_version_is_kept_and_found(account: Account, tmp_path: Any) -> None:
    move = await replacing(account)
    await move.run(account)
    assert move.earlier
    earlier = await account.books.get(move.earlier.review_id)
    kept = f"archived/{earlier.review_id}/{move.name}"

    source = await blob_to_read(account.documents, earlier)
    assert f"{source.container}/{source.name}" == kept
    assert (await account.everywhere(earlier))[kept].content == EARLIER_BYTES
    with TemporaryFile() as content:
        found = await _fetch_for_bundle(
            account.documents, Evidence(earlier.review_id, head_content(earlier), (), ()), content
        )
        assert (found, content.read()) == (earlier.document.sha256, EARLIER_BYTES)
    replaced = f"replaced by review {move.head.review_id}; kept: "
    assert await whereabouts(account.documents, earlier) == replaced + kept

    await blob_at(account, kept).delete_blob()
    assert await whereabouts(account.documents, earlier) == f"{replaced}gone: nothing lies at {kept}"
    fetching, bundling, code = await refusals(account, earlier, tmp_path)
    assert fetching.startswith(f"{kept} is gone: the version was replaced by that of review {move.head.review_id}")
    assert bundling == f"{fetching}; write without --with-document"
    assert code is ExitCode.NOT_FOUND


@pytest.mark.parametrize("kind", [publishing, archiving])
async def test_a_moved_document_that_was_touched_exchanged_or_removed_is_told(
    account: Account, kind: Any, tmp_path: Any
) -> None:
    head, place = await closed(account, kind)
    assert await whereabouts(account.documents, head) == place

    await blob_at(account, place).set_blob_metadata({})
    assert await whereabouts(account.documents, head) == place
    assert (await blob_to_read(account.documents, head)).length == len(BYTES)

    await put_at(account, place, b"x" * len(BYTES), said_of_the_review(head))
    assert await whereabouts(account.documents, head) == f"{place}, but with other bytes: somebody has changed it"
    fetching, bundling, code = await refusals(account, head, tmp_path)
    assert fetching.startswith(f"nothing was kept: {place} was changed since: its SHA-256 is ")
    assert bundling.startswith(f"nothing was written: {place} was changed since: its SHA-256 is ")
    assert code is ExitCode.FAILED

    await blob_at(account, place).set_standard_blob_tier("Archive")
    said = await whereabouts(account.documents, head)
    assert said == f"{place}, written to since it was moved, and in the Archive tier: its bytes were not compared"
    fetching, bundling, code = await refusals(account, head, tmp_path)
    assert fetching.startswith(f"{place} cannot be read: it lies in the Archive tier. Bring it back with ")
    assert bundling == fetching

    await blob_at(account, place).delete_blob()
    assert await whereabouts(account.documents, head) == f"gone: nothing lies at {place}"
    fetching, bundling, code = await refusals(account, head, tmp_path)
    assert fetching.startswith(f"{place} is gone: the document was moved there after its review; somebody has deleted")
    assert code is ExitCode.NOT_FOUND


async def test_an_archived_document_in_the_archive_tier_that_nobody_touched_is_where_it_was_moved(
    account: Account,
) -> None:
    head, place = await closed(account, archiving)
    await blob_at(account, place).set_standard_blob_tier("Archive")
    assert await whereabouts(account.documents, head) == place


async def verified(account: Account, head: Head) -> tuple[str | None, str | None, list[str]]:
    """Return the fault that `verify` finds in a moved document, the comparison that it made, and what is not proved."""
    evidence = Evidence(head.review_id, head_content(head), (), ())
    sound = report(evidence, None, from_file=False).model_copy(update={"not_proved": ()})
    result = await with_document(account.documents, evidence, sound)
    assert result.document == (result.compared == "sha256")
    return str(result.fault) if result.fault else None, result.compared, list(result.not_proved)


@pytest.mark.parametrize("kind", [publishing, archiving])
async def test_verify_compares_the_bytes_of_the_moved_document(account: Account, kind: Any) -> None:
    head, place = await closed(account, kind)
    assert await verified(account, head) == (None, "sha256", [])
    await blob_at(account, place).set_standard_blob_tier("Archive")
    only = f"the bytes of {place}, which lie in the Archive tier: only the ETag was compared, which every write would "
    assert await verified(account, head) == (None, "etag", [only + "have changed"])
    unread = replace(head, document=replace(head.document, sha256=None, length=None))
    assert (await verified(account, unread))[:2] == (None, "etag")

    await blob_at(account, place).set_standard_blob_tier("Cool")
    await put_at(account, place, b"x" * len(BYTES), said_of_the_review(head))
    other = f"the moved document: edited: {place} has other bytes than those that were decided on"
    assert await verified(account, head) == (f"{other} (another SHA-256)", None, [])
    written_to = f"the bytes of {place}, which somebody has written to since it was moved, and which "
    assert await verified(account, unread) == (None, None, [f"{written_to}was never hashed"])
    await blob_at(account, place).set_standard_blob_tier("Archive")
    assert await verified(account, head) == (None, None, [f"{written_to}lies in the Archive tier"])
    await blob_at(account, place).set_standard_blob_tier("Cool")
    await put_at(account, place, b"longer" + BYTES, {})
    assert await verified(account, head) == (f"{other} (another length)", None, [])

    await blob_at(account, place).delete_blob()
    gone = f"what was decided on, by its bytes: nothing lies at {place}"
    assert await verified(account, head) == (None, None, [gone])


async def test_verify_compares_nothing_of_a_document_that_was_not_moved(account: Account) -> None:
    assert await verified(account, (await publishing(account)).head) == (None, None, [])


async def test_a_published_name_that_holds_the_document_of_another_review_is_told(
    account: Account, tmp_path: Any
) -> None:
    head, place = await closed(account)
    other, _ = await closed(account)
    await put_at(account, place, b"of the other", said_of_the_review(other))

    said = await whereabouts(account.documents, head)
    assert said == f"{place}, but with other bytes: somebody has changed it; its metadata name review {other.review_id}"
    fetching, _, _ = await refusals(account, head, tmp_path)
    assert f"{place} holds the document of review {other.review_id} now: its SHA-256 is " in fetching


async def test_a_document_that_was_taken_back_is_where_it_is_kept_or_nowhere(account: Account, tmp_path: Any) -> None:
    head, place = await closed(account, archiving)
    retracted = replace(head, outcome=Outcome.APPROVED, retraction=Retraction("rita", DEADLINE, done=True))
    assert await whereabouts(account.documents, retracted) == f"taken back by rita; kept: {place}"

    await blob_at(account, place).delete_blob()
    fetching, _, _ = await refusals(account, retracted, tmp_path)
    assert fetching.startswith(f"{place} is gone: the document was taken back by rita and kept there; somebody has")

    nowhere = replace(retracted, location=None)
    assert await whereabouts(account.documents, nowhere) == "nowhere: taken back by rita, and nothing of it is kept"
    fetching, _, code = await refusals(account, nowhere, tmp_path)
    assert fetching.startswith("taken back by rita, and nothing of the document is kept")
    assert code is ExitCode.NOT_FOUND


async def test_a_document_that_was_never_moved_is_looked_for_at_its_source(account: Account, tmp_path: Any) -> None:
    head = (await publishing(account)).head
    place = f"pending/{head.document.name}"
    assert await whereabouts(account.documents, head) == place

    await account.put("pending", head.document.name, b"x" * len(BYTES))
    assert await whereabouts(account.documents, head) == f"overwritten; {place} holds newer bytes"
    fetching, _, code = await refusals(account, head, tmp_path)
    assert (fetching, code) == (f"{place} was overwritten; the version under review is gone", ExitCode.NOT_FOUND)

    await blob_at(account, place).delete_blob()
    assert await whereabouts(account.documents, head) == f"gone: nothing lies at {place}"
    gone = replace(head, state=ReviewState.CLOSED, outcome=Outcome.GONE)
    fetching, _, _ = await refusals(account, gone, tmp_path)
    assert fetching == f"{place} is gone: the document was deleted or renamed, and the review ended as gone"
