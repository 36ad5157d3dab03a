"""The comparison of every copy in `published` and `archived` with the ledger, and of the ledger with the copies.

All heads are read and all blobs listed; a copy that has the ETag on record needs no request of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from adapters.blobs.documents import Documents
from adapters.blobs.pinned_blob import DocumentChangedError
from adapters.ledger.review_rows import Row, stored_head
from adapters.ledger.rows import HEAD
from adapters.probe import Probe, StoredBlob
from cli.doctor.copies import SeenCopy
from cli.doctor.observations import Observations
from cli.session import run_together
from compliance.outcome import ReviewState
from compliance.review import Head
from contracts.blob_path import BlobPath
from contracts.names import ARCHIVED, PUBLISHED
from reviews.documents.comparing import Comparison, compare, place_of


class Copies(Enum):
    """How closely copies are compared."""

    NONE = auto()
    BY_ETAG = auto()  # the bytes of those that have another ETag
    BY_HASH = auto()  # the bytes of all

    @classmethod
    def chosen(cls, published: bool, by_hash: bool) -> Copies:
        """Return the one that the command's options choose."""
        return cls.BY_HASH if by_hash else cls.BY_ETAG if published else cls.NONE


COPIES_IN: Final = (PUBLISHED, ARCHIVED)
_AT_ONCE: Final = 8  # each holds a document of up to 8 MiB, or a block of it


@dataclass(frozen=True, slots=True)
class Expected:
    """A copy that the ledger has on record."""

    review_id: str
    etag: str | None


Record = dict[str, list[Expected]]  # by place


class CopyObserver:
    """An examination of all copies. `by_hash` reads the bytes of each; `examined` is called after each blob."""

    def __init__(
        self, documents: Documents, probe: Probe, seen: Observations, *, by_hash: bool, examined: Callable[[], None]
    ) -> None:
        self._documents = documents
        self._probe = probe
        self._seen = seen
        self._by_hash = by_hash
        self._examined = examined
        self._unreadable = set[str]()  # the reviews whose heads cannot be read

    async def record(self) -> Record:
        """Read which copies there should be. Raises AzureError."""
        places: Record = {}
        async for row in self._probe.heads():
            try:
                head = stored_head(row).head
            except ValueError:
                review_id = str(row.columns["PartitionKey"])
                self._unreadable.add(review_id)
                self._seen.unreadable.append(Row(review_id, HEAD))
                continue
            if path := _copy_path(head):
                places.setdefault(str(path), []).append(Expected(head.review_id, head.copy_etag))
        return places

    async def compare(self, container: str, record: Record) -> None:
        """Compare the blobs of a container with the record, and then what is left of the record with storage.

        Raises AzureError.
        """
        batch: list[tuple[StoredBlob, list[Expected]]] = []
        async for stored in self._probe.blobs(container):
            expected = record.pop(f"{container}/{stored.blob.name}", [])
            if not self._by_hash and [each.etag for each in expected] == [stored.blob.etag]:
                self._examined()
                continue
            batch.append((stored, expected))
            if len(batch) == _AT_ONCE:
                await self._examine_all(batch)
                batch = []
        await self._examine_all(batch)
        left = [each for place, expected in record.items() if place.startswith(container + "/") for each in expected]
        for start in range(0, len(left), _AT_ONCE):
            await run_together(map(self._miss, left[start : start + _AT_ONCE]))

    async def _examine_all(self, batch: Sequence[tuple[StoredBlob, list[Expected]]]) -> None:
        await run_together(self._examine(stored, expected) for stored, expected in batch)

    async def _examine(self, stored: StoredBlob, expected: Sequence[Expected]) -> None:
        """Look at a copy once more, with the heads as they are now: it may be just being moved."""
        blob = await self._documents.current(stored.blob.container, stored.blob.name)
        if blob is None:
            await run_together(map(self._miss, expected))
            return
        copy = SeenCopy(StoredBlob(blob, blob.changed_at), named=None)
        if copy.named_id in self._unreadable:
            return
        try:
            named = await self._head(copy.named_id) if copy.named_id else None
            owners = [head for each in expected if (head := await self._head(each.review_id)) and _lies_at(head, copy)]
            found = [(head, await compare(self._documents, head, blob, by_hash=self._by_hash)) for head in owners]
        except DocumentChangedError:
            return  # a move is under way, or the next run sees what it has become
        found.sort(key=lambda each: list(Comparison).index(each[1]))
        self._examined()
        owner, comparison = found[0] if found else (None, None)
        self._seen.missing_copies += [head for head, _ in found[1:]]
        is_well = owner and comparison and comparison.is_same and copy.named_id == owner.review_id
        if not is_well:
            self._seen.copies.append(SeenCopy(copy.stored, named, owner, comparison))

    async def _miss(self, expected: Expected) -> None:
        head = await self._head(expected.review_id)
        path = _copy_path(head) if head else None
        if head and path and await self._documents.current(path.container, path.name) is None:
            self._seen.missing_copies.append(head)

    async def _head(self, review_id: str) -> Head | None:
        """Read a head; None if there is none, or if it cannot be read, which is reported with the record."""
        row = await self._probe.head(review_id)
        try:
            return stored_head(row).head if row else None
        except ValueError:
            return None


def _copy_path(head: Head) -> BlobPath | None:
    """Return where a review's copy should lie; None if there should be none, or if it is on record as gone."""
    being_retracted = head.retraction and not head.retraction.done
    if head.state is not ReviewState.CLOSED or head.copy_lost or being_retracted:
        return None
    path = place_of(head)
    return path if path and path.container in COPIES_IN else None


def _lies_at(head: Head, copy: SeenCopy) -> bool:
    return str(_copy_path(head)) == copy.place
