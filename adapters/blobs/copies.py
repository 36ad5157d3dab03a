"""One conditional server-side copy, until the target holds all of it: started, waited for, repeated when it failed.

The asynchronous Copy Blob, never the synchronous copy from a URL: that one ends at 256 MiB and needs a SAS.
https://learn.microsoft.com/rest/api/storageservices/copy-blob
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import StandardBlobTier, StorageErrorCode

from adapters.blobs.documents import Blob, Documents, quoted
from compliance.document import bare_etag
from contracts.blob_path import BlobPath
from contracts.document_metadata import REVIEW_ID

MOST_ATTEMPTS = 8
_PREVENTED = (404, 409, 412)  # by what is at the source or the target
# 20 minutes of the function time-out, at one look a second.
_MOST_LOOKS = 20 * 60


class CopyFailedError(Exception):
    """The copy did not succeed this time; trying again later helps.

    The text names no document: logs and durable history keep it.
    """


class BlobLeasedError(CopyFailedError):
    """Somebody holds a lease on the blob, which nobody else may change or delete meanwhile."""

    def __init__(self, container: str) -> None:
        super().__init__(f"a blob in {container} is leased by somebody; the move goes on once the lease is gone")


class Copied(StrEnum):
    """How far a copy came."""

    DONE = "done"
    SOURCE_CHANGED = "source_changed"
    SOURCE_MISSING = "source_missing"
    TARGET_TAKEN = "target_taken"
    OTHER_BYTES = "other_bytes"


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """Copy exactly the bytes that `source` has under `source_etag`. The metadata holds the review's id as REVIEW_ID."""

    review_id: str
    source: BlobPath
    source_etag: str
    target: BlobPath
    length: int
    metadata: dict[str, str]
    tags: dict[str, str]
    tier: StandardBlobTier | None = None


def is_ours(blob: Blob | None, review_id: str) -> bool:
    """Whether a blob was put there by this review."""
    return blob is not None and blob.metadata.get(REVIEW_ID) == review_id


def is_whole(blob: Blob | None, order: CopyOrder) -> bool:
    """Whether a blob is what was ordered, all of it.

    Storage forgets that a blob was copied when its properties are set afterwards; it never forgets a failure before.
    https://learn.microsoft.com/rest/api/storageservices/get-blob-properties
    """
    return (
        blob is not None
        and is_ours(blob, order.review_id)
        and blob.copy_status in ("success", None)
        and blob.length == order.length
    )


def is_leftover(blob: Blob, review_id: str) -> bool:
    """Whether a blob is the empty one that a failed or aborted copy of this review leaves."""
    return is_ours(blob, review_id) and blob.copy_status in ("failed", "aborted")


async def a_second() -> None:
    """Between two looks at a copy that is pending."""
    await asyncio.sleep(1)


class Copier:
    """Copies between the documents' containers; `pause` passes the time between two looks at a pending copy."""

    def __init__(self, documents: Documents, pause: Callable[[], Awaitable[None]] = a_second) -> None:
        self._documents = documents
        self._pause = pause

    async def copy_at_once(self, order: CopyOrder) -> str | None:
        """Copy to a free place, without a look at anything. The ETag of the whole copy; None: `copy` must look."""
        try:
            accepted = await self._ask(order, {"match_condition": MatchConditions.IfMissing})
        except HttpResponseError as error:
            if error.status_code not in _PREVENTED:
                raise
            return None
        return bare_etag(str(accepted["etag"])) if accepted["copy_status"] == "success" else None

    async def copy(self, order: CopyOrder) -> Copied:
        """Carry out an order to a place that is free or ours; run again after a crash it goes on where it was.

        Raises CopyFailedError when the service keeps failing.
        """
        for attempts_left in range(MOST_ATTEMPTS, -1, -1):
            target = await self.settled(order.target)
            if is_whole(target, order):
                return Copied.DONE
            if target and not is_leftover(target, order.review_id):
                return Copied.TARGET_TAKEN
            if target:
                await self.remove(order.target, target.etag)
            if not attempts_left:
                break
            refusal = await self.start(order, over=None)
            # A crashed run's copy may have arrived between the two looks.
            if refusal and not is_ours(await self.settled(order.target), order.review_id):
                return refusal
        raise CopyFailedError(
            f"copying the document of review {order.review_id} to {order.target.container} failed {MOST_ATTEMPTS} times"
        )

    async def remove(self, place: BlobPath, etag: str) -> None:
        """Delete exactly this version of a blob, unless it is gone or another one already.

        Its snapshots go with it; storage keeps a blob that has any.
        """
        with suppress(ResourceNotFoundError, ResourceModifiedError), _unleased(place):
            await self._documents.client(place.container, place.name).delete_blob(
                delete_snapshots="include", etag=quoted(etag), match_condition=MatchConditions.IfNotModified
            )

    async def settled(self, place: BlobPath) -> Blob | None:
        """The blob at a place once no copy into it is pending, whoever's copy it is.

        Raises CopyFailedError when it stays pending.
        """
        for _ in range(_MOST_LOOKS):
            blob = await self._documents.current(place.container, place.name)
            if blob is None or blob.copy_status != "pending":
                return blob
            await self._pause()
        raise CopyFailedError(
            f"a copy to {place.container} has been pending for {_MOST_LOOKS} looks; it is waited for again later"
        )

    async def start(self, order: CopyOrder, over: Blob | None) -> Copied | None:
        """Ask for the copy to a free place, or over exactly the blob `over`.

        None: accepted, or the target is not what it was; look at it again.
        """
        condition: dict[str, Any] = {"match_condition": MatchConditions.IfMissing}
        if over:
            condition = {"match_condition": MatchConditions.IfNotModified, "etag": quoted(over.etag)}
        try:
            await self._ask(order, condition)
        except HttpResponseError as error:
            if error.status_code not in _PREVENTED:
                raise
            return await self._source_refusal(order)
        return None

    async def _ask(self, order: CopyOrder, condition: dict[str, Any]) -> dict[str, Any]:
        source = self._documents.client(order.source.container, order.source.name)
        with _unleased(order.target):
            return await self._documents.client(order.target.container, order.target.name).start_copy_from_url(
                source.url,
                metadata=order.metadata,
                tags=order.tags,
                standard_blob_tier=order.tier,
                source_etag=quoted(order.source_etag),
                source_match_condition=MatchConditions.IfNotModified,
                **condition,
            )

    async def _source_refusal(self, order: CopyOrder) -> Copied | None:
        """Whether it was the source's condition that failed; storage may report either where both do."""
        source = await self._documents.current(order.source.container, order.source.name)
        if source is None:
            return Copied.SOURCE_MISSING
        return Copied.SOURCE_CHANGED if source.etag != order.source_etag else None


@contextmanager
def _unleased(place: BlobPath) -> Iterator[None]:
    try:
        yield
    except HttpResponseError as error:
        if getattr(error, "error_code", None) == StorageErrorCode.LEASE_ID_MISSING:
            raise BlobLeasedError(place.container) from error
        raise
