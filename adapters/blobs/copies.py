"""One conditional server-side copy: started, waited for and repeated until the target holds all of it.

It is the asynchronous Copy Blob, not Copy Blob From URL, which is limited to 256 MiB and needs a SAS.
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
from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import StandardBlobTier, StorageErrorCode

from adapters.blobs.documents import Blob, Documents, quoted
from compliance.document import bare_etag
from contracts.blob_path import BlobPath
from contracts.document_metadata import REVIEW_ID

MOST_ATTEMPTS = 8
_PREVENTED = (404, 409, 412)  # statuses if the source or the target is not as the copy requires
_MOST_CHECKS = 20 * 60  # one a second: 20 minutes of the function time-out


class CopyFailedError(Exception):
    """The copy did not succeed this time; trying again later helps.

    The text names no document, because logs and durable history keep it.
    """


class BlobLeasedError(CopyFailedError):
    """Somebody holds a lease on the blob, so nobody else may change or delete it."""

    def __init__(self, container: str) -> None:
        super().__init__(f"a blob in {container} is leased by somebody; the move goes on once the lease is gone")


class CopyResult(StrEnum):
    """How a copy ended."""

    COMPLETE = "complete"
    SOURCE_CHANGED = "source_changed"
    SOURCE_MISSING = "source_missing"
    TARGET_TAKEN = "target_taken"
    OTHER_BYTES = "other_bytes"  # the copy is complete, but not what was decided on


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """An order to copy the version `source_etag` of `source`. The metadata holds the review's id as REVIEW_ID."""

    review_id: str
    source: BlobPath
    source_etag: str
    target: BlobPath
    length: int
    metadata: dict[str, str]
    tags: dict[str, str]
    tier: StandardBlobTier | None = None


def is_ours(blob: Blob | None, review_id: str) -> bool:
    """Return whether a blob was written by this review."""
    return blob is not None and blob.metadata.get(REVIEW_ID) == review_id


def is_whole(blob: Blob | None, order: CopyOrder) -> bool:
    """Return whether a blob is the complete result of this order.

    Setting a blob's properties clears a successful copy status, never a failed one.
    https://learn.microsoft.com/rest/api/storageservices/get-blob-properties
    """
    return (
        blob is not None
        and is_ours(blob, order.review_id)
        and blob.copy_status in ("success", None)
        and blob.length == order.length
    )


def is_leftover(blob: Blob, review_id: str) -> bool:
    """Return whether a blob is the empty one that a failed or aborted copy of this review leaves behind."""
    return is_ours(blob, review_id) and blob.copy_status in ("failed", "aborted")


async def sleep_one_second() -> None:
    """Sleep between two checks of a pending copy."""
    await asyncio.sleep(1)


class Copier:
    """Copies between the documents' containers. `pause` sleeps between two checks of a pending copy."""

    def __init__(self, documents: Documents, pause: Callable[[], Awaitable[None]] = sleep_one_second) -> None:
        self._documents = documents
        self._pause = pause

    async def copy_at_once(self, order: CopyOrder) -> str | None:
        """Start the copy without checking the target. Return the copy's ETag if it completed at once, else None.

        After None, call `copy`.
        """
        try:
            response = await self._send(order, {"match_condition": MatchConditions.IfMissing})
        except HttpResponseError as error:
            if error.status_code not in _PREVENTED:
                raise
            return None
        return bare_etag(str(response["etag"])) if response["copy_status"] == "success" else None

    async def copy(self, order: CopyOrder) -> CopyResult:
        """Copy to a target that is free or ours. If it is run again after a crash, it goes on from there.

        Raises CopyFailedError if storage keeps failing.
        """
        for attempts_left in range(MOST_ATTEMPTS, -1, -1):
            target_blob = await self.wait_until_settled(order.target)
            if is_whole(target_blob, order):
                return CopyResult.COMPLETE
            if target_blob and not is_leftover(target_blob, order.review_id):
                return CopyResult.TARGET_TAKEN
            if target_blob:
                await self.delete(order.target, target_blob.etag)
            if not attempts_left:
                break
            obstacle = await self.start(order, over=None)
            # The copy of a crashed run may have arrived between the two checks of the target.
            if obstacle and not is_ours(await self.wait_until_settled(order.target), order.review_id):
                return obstacle
        raise CopyFailedError(
            f"copying the document of review {order.review_id} to {order.target.container} failed {MOST_ATTEMPTS} times"
        )

    async def delete(self, path: BlobPath, etag: str) -> None:
        """Delete this version of a blob. Does nothing if the blob is gone or has changed.

        Its snapshots are deleted too, because storage keeps a blob that has any.
        """
        with suppress(ResourceNotFoundError, ResourceModifiedError), _lease_as_failure(path):
            await self._documents.client(path.container, path.name).delete_blob(
                delete_snapshots="include", etag=quoted(etag), match_condition=MatchConditions.IfNotModified
            )

    async def wait_until_settled(self, path: BlobPath) -> Blob | None:
        """Wait until no copy to this path is pending, of this review or another. Return the blob there, or None.

        Raises CopyFailedError if a copy stays pending.
        """
        for _ in range(_MOST_CHECKS):
            blob = await self._documents.current(path.container, path.name)
            if blob is None or blob.copy_status != "pending":
                return blob
            await self._pause()
        raise CopyFailedError(
            f"a copy to {path.container} is still pending after {_MOST_CHECKS} checks; a later run waits for it again"
        )

    async def start(self, order: CopyOrder, over: Blob | None) -> CopyResult | None:
        """Start the copy to a free target, or over exactly the blob `over`. Return the fault of the source, if any.

        None if the copy was started, or if the target is no longer as expected: check the target again.
        """
        condition: dict[str, Any] = {"match_condition": MatchConditions.IfMissing}
        if over:
            condition = {"match_condition": MatchConditions.IfNotModified, "etag": quoted(over.etag)}
        try:
            await self._send(order, condition)
        except HttpResponseError as error:
            if error.status_code not in _PREVENTED:
                raise
            return await self._source_obstacle(order)
        return None

    async def _send(self, order: CopyOrder, condition: dict[str, Any]) -> dict[str, Any]:
        source = self._documents.client(order.source.container, order.source.name)
        with _lease_as_failure(order.target):
            return await self._documents.client(order.target.container, order.target.name).start_copy_from_url(
                source.url,
                metadata=order.metadata,
                tags=order.tags,
                standard_blob_tier=order.tier,
                source_etag=quoted(order.source_etag),
                source_match_condition=MatchConditions.IfNotModified,
                **condition,
            )

    async def _source_obstacle(self, order: CopyOrder) -> CopyResult | None:
        """Read the source again: if both conditions fail, storage may report that of the target."""
        source = await self._documents.current(order.source.container, order.source.name)
        if source is None:
            return CopyResult.SOURCE_MISSING
        return CopyResult.SOURCE_CHANGED if source.etag != order.source_etag else None


@contextmanager
def _lease_as_failure(path: BlobPath) -> Iterator[None]:
    try:
        yield
    except HttpResponseError as error:
        if getattr(error, "error_code", None) == StorageErrorCode.LEASE_ID_MISSING:
            raise BlobLeasedError(path.container) from error
        raise
