"""What the commands say of where a closed review's document is: they look before they say it."""

from __future__ import annotations

from cli.documents.fetch import _source
from cli.reviews.show import _whereabouts
from tests.storage.account import Account
from tests.storage.moving.moves import EARLIER_BYTES, publishing, replacing


async def test_a_replaced_version_is_kept_and_found(account: Account) -> None:
    move = await replacing(account)
    await move.run(account)
    assert move.earlier
    earlier = await account.books.get(move.earlier.review_id)
    kept = f"archived/{earlier.review_id}/{move.name}"

    source = await _source(account.documents, earlier)

    assert f"{source.container}/{source.name}" == kept
    assert (await account.everywhere(earlier))[kept].content == EARLIER_BYTES
    said = await _whereabouts(account.documents, earlier)
    assert said == f"replaced by review {move.head.review_id}; kept at {kept}"


async def test_a_published_document_that_was_removed_or_exchanged_is_told(account: Account) -> None:
    move = await publishing(account)
    closed = await account.close(move.head, await move.run(account))
    place = f"published/{move.name}"
    assert await _whereabouts(account.documents, closed) == place

    await account.put("published", move.name, b"other bytes", {"reviewid": closed.review_id})
    assert await _whereabouts(account.documents, closed) == f"{place}, but with other bytes: somebody has changed it"

    await account.users.get_blob_client("published", move.name).delete_blob()
    assert await _whereabouts(account.documents, closed) == f"gone: nothing lies at {place}"
