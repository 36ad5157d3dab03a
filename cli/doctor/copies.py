"""What is wrong with the copies in `published` and `archived`, concluded from comparing them with the ledger. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.blobs.moved_copies import MovedCopy
from adapters.probe import StoredBlob
from cli.doctor.remedies import TroubleKind
from compliance.copies import is_contradicted
from compliance.outcome import Outcome, ReviewState, Verdict
from compliance.review import Head
from contracts.blob_path import archive_path
from contracts.names import PUBLISHED
from reviews.documents.comparing import Comparison, place_of


@dataclass(frozen=True, slots=True)
class SeenCopy:
    """A blob in `published` or `archived`, with the review that it names and the one whose place it has."""

    stored: StoredBlob
    named: Head | None  # by its metadata
    owner: Head | None = None  # by the ledger
    found: Comparison | None = None  # with the owner's record

    @property
    def place(self) -> str:
        """Its container and name."""
        return f"{self.stored.blob.container}/{self.stored.blob.name}"

    @property
    def named_id(self) -> str | None:
        """The id of the review that its metadata name, whether there is one or not."""
        return self.stored.blob.named_review

    @property
    def is_contradiction(self) -> bool:
        """True if the ledger has lost the review that it names, or what that review has come to."""
        moved = MovedCopy(self.stored.blob)
        return bool(moved.document) and (self.named is None or is_contradicted(self.named, [moved.verdict]))


@dataclass(frozen=True, slots=True)
class CopyFault:
    """What is wrong with a copy; `where` is a place, or a review if the ledger and its copy contradict each other."""

    kind: TroubleKind
    where: str
    cause: str
    since: datetime | None = None


def copy_faults(
    copies: Sequence[SeenCopy], missing: Sequence[Head], now: datetime, patience: timedelta
) -> Iterator[CopyFault]:
    """Yield what is wrong with the copies that need a look, and with the reviews whose copies are missing."""
    # The repair of the later reviews says what became of these.
    replaced = {copy.stored.blob.named_earlier_review for copy in copies if copy.is_contradiction}
    for head in missing:
        if head.review_id in replaced:
            continue
        cause = f"its review {head.review_id} says that its document was moved there, and it is not there"
        yield CopyFault(TroubleKind.COPY_MISSING, str(place_of(head)), cause)
    for copy in copies:
        is_own = copy.owner and not (copy.is_contradiction and copy.owner.review_id in replaced)
        fault = _of_owned(copy) if is_own else _of_foreign(copy)
        if fault is None or (fault.kind is TroubleKind.ARCHIVED_UNKNOWN and _is_kept(copy, replaced)):
            continue
        may_pass = fault.kind is not TroubleKind.CONTRADICTED and (copy.owner is None or _replaces(copy, copy.owner))
        if not (may_pass and now - copy.stored.changed_at <= patience):
            yield fault


def untold(copies: Sequence[SeenCopy]) -> tuple[list[str], list[str]]:
    """Return the places of copies with other metadata and the right bytes, and of those that cannot be compared."""
    touched = [copy.place for copy in copies if copy.found is Comparison.SAME_BYTES and copy.named_id is None]
    unread = (Comparison.UNREADABLE, Comparison.NEVER_HASHED)
    return touched, [copy.place for copy in copies if copy.found in unread]


def _replaces(copy: SeenCopy, owner: Head) -> bool:
    """Return whether the copy of a later version is just taking the place of the owner's."""
    named = copy.named
    return named is not None and named.review_id != owner.review_id and named.state is not ReviewState.CLOSED


def _is_kept(copy: SeenCopy, replaced: Container[str | None]) -> bool:
    """Return whether it is the copy that was kept of one of these reviews when a later version replaced it."""
    named = copy.named
    if named is None or named.review_id not in replaced:
        return False
    return copy.place == str(archive_path(named.review_id, named.document.name))


def _of_owned(copy: SeenCopy) -> CopyFault | None:
    if copy.owner is None or copy.found is None:
        return None
    owner, since = copy.owner.review_id, copy.stored.changed_at
    other = f"; its metadata name review {copy.named_id}" if copy.named_id not in (None, owner) else ""
    if copy.found.is_other:
        by = "length" if copy.found is Comparison.OTHER_LENGTH else "SHA-256"
        cause = f"it does not have the bytes on which its review {owner} decided (another {by}){other}"
        return CopyFault(TroubleKind.COPY_ALTERED, copy.place, cause, since)
    if other:
        same = "it has the bytes" if copy.found.is_same else "it may have other bytes than those"
        cause = f"{same} on which its review {owner} decided{other}"
        return CopyFault(TroubleKind.COPY_ALTERED, copy.place, cause, since)
    return None


def _of_foreign(copy: SeenCopy) -> CopyFault | None:
    moved, since = MovedCopy(copy.stored.blob), copy.stored.changed_at
    if copy.is_contradiction:
        named = copy.named
        ledger = f"it is {named.outcome or named.state} by the ledger" if named else "the ledger has lost the review"
        cause = f"{ledger}, but the copy at {moved.path} says that it was carried out otherwise"
        return CopyFault(TroubleKind.CONTRADICTED, str(copy.named_id), cause)
    if moved.path.container == PUBLISHED:
        cause = _why_not_approved(copy.named, copy.place)
        return CopyFault(TroubleKind.PUBLISHED_UNAPPROVED, copy.place, cause, since) if cause else None
    if copy.named is None:
        return CopyFault(TroubleKind.ARCHIVED_UNKNOWN, copy.place, "no review vouches for it", since)
    named = copy.named
    if moved.path != archive_path(named.review_id, named.document.name):
        cause = f"its metadata name review {named.review_id}, whose document would be archived elsewhere"
        return CopyFault(TroubleKind.ARCHIVED_UNKNOWN, copy.place, cause, since)
    if named.state is not ReviewState.CLOSED:
        return None  # under way, or found with the unfinished reviews
    cause = f"its review {named.review_id} ended as {named.outcome} at {named.location or '-'}"
    return CopyFault(TroubleKind.ARCHIVED_UNKNOWN, copy.place, cause, since)


def _why_not_approved(head: Head | None, place: str) -> str | None:
    if head is None:
        return "no review vouches for it"
    if head.state is not ReviewState.CLOSED:
        if head.verdict is not Verdict.APPROVE:
            return f"its review {head.review_id} is {head.verdict or head.state}"
        own = f"{PUBLISHED}/{head.document.name}"
        return None if place == own else f"its review {head.review_id} is about the document of {own}"
    if head.retraction:
        return f"its review {head.review_id} says that {head.retraction.by} has taken it back"
    if head.replaced_by:
        return f"its review {head.review_id} says that review {head.replaced_by} has replaced it"
    if head.copy_lost and head.outcome is Outcome.APPROVED and head.location == place:
        return f"its review {head.review_id} has on record that its document was gone"
    return f"its review {head.review_id} ended as {head.outcome} at {head.location or '-'}"
