"""Names as the real storage keeps them: no two names that the app accepts reach one blob."""

from __future__ import annotations

from itertools import product

from contracts.blob_path import BlobNameError, canonical_name
from contracts.names import PENDING
from tests.storage.account import Account, fresh_name

_LETTERS = "aA.\\/ %é"


def canonical_or_none(name: str) -> str | None:
    try:
        return canonical_name(name)
    except BlobNameError:
        return None


async def test_every_accepted_name_reaches_the_blob_of_its_canonical_form_and_no_other(account: Account) -> None:
    folder = fresh_name("")
    spellings = [folder + "".join(letters) for letters in product(_LETTERS, repeat=3)]
    accepted = {name: kept for name in spellings if (kept := canonical_or_none(name))}
    assert len(set(accepted.values())) < len(accepted) < len(spellings)
    etags = {kept: await account.put(PENDING, kept, b"x") for kept in set(accepted.values())}
    listed = {
        blob.name async for blob in account.users.get_container_client(PENDING).list_blobs(name_starts_with=folder)
    }
    assert listed == etags.keys()
    for name, kept in accepted.items():
        if name != kept:
            found = await account.documents.current(PENDING, name)
            assert found
            assert found.etag == etags[kept]
