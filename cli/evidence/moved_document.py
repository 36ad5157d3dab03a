"""The moved document of a review that is verified: whether it still is the one that was decided on."""

from __future__ import annotations

from adapters.blobs.documents import Documents
from adapters.blobs.pinned_blob import DocumentChangedError
from contracts.names import ARCHIVED, PUBLISHED
from evidence.chain_check import Fault, FaultKind
from evidence.checks import Evidence
from evidence.head_facts import head_in
from evidence.report import Verification, report
from reviews.documents.comparing import Comparison, compare, place_of


async def with_document(documents: Documents, evidence: Evidence, result: Verification) -> Verification:
    """Add to a sound result how the moved document compares with the record. Other bytes make it not sound."""
    head = head_in(evidence.head)
    path = place_of(head)
    if path is None or path.container not in (PUBLISHED, ARCHIVED):
        return result
    blob = await documents.current(path.container, path.name)
    if blob is None:
        return _not_proved(result, f"what was decided on, by its bytes: nothing lies at {path}")
    try:
        found = await compare(documents, head, blob, by_hash=True)
    except DocumentChangedError:
        return _not_proved(result, f"the bytes of {path}, which was changed while it was read; try again")
    written_to = f"the bytes of {path}, which somebody has written to since it was moved"
    match found:
        case Comparison.SAME_BYTES:
            return result.model_copy(update={"document": True, "compared": "sha256"})
        case Comparison.SAME_ETAG:
            why = "lie in the Archive tier" if head.document.sha256 else "were never hashed"
            unread = (
                f"the bytes of {path}, which {why}: only the ETag was compared, which every write would have changed"
            )
            return _not_proved(result.model_copy(update={"compared": "etag"}), unread)
        case Comparison.UNREADABLE:
            return _not_proved(result, f"{written_to}, and which lies in the Archive tier")
        case Comparison.NEVER_HASHED:
            return _not_proved(result, f"{written_to}, and which was never hashed")
        case Comparison.OTHER_LENGTH | Comparison.OTHER_BYTES:
            by = "length" if found is Comparison.OTHER_LENGTH else "SHA-256"
            text = f"{path} has other bytes than those that were decided on (another {by})"
            return report(evidence, Fault("the moved document", FaultKind.EDITED, text), from_file=False)


def _not_proved(result: Verification, what: str) -> Verification:
    return result.model_copy(update={"not_proved": (*result.not_proved, what)})
