"""The words for people that stand for the ledger's reasons and findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from compliance.content import ContentFinding
from compliance.outcome import Reason

_MOST_NAMED: Final = 4  # people in a sentence

FINDINGS: Final = {
    ContentFinding.EMPTY: "empty",
    ContentFinding.TYPE_MISMATCH: "not what it claims to be",
    ContentFinding.TYPE_NOT_ALLOWED: "a type that is not allowed",
    ContentFinding.ENCRYPTED: "encrypted",
    ContentFinding.ARCHIVE_BOMB: "an archive bomb",
    ContentFinding.MACROS: "macros",
    ContentFinding.ACTIVE_CONTENT: "active content",
    ContentFinding.EXECUTABLE: "a program",
    ContentFinding.EXTERNAL_CONTENT: "content from elsewhere",
    ContentFinding.FORMULA: "a formula that acts",
    ContentFinding.ATTACHMENT: "files in it",
    ContentFinding.HIDDEN_MATTER: "not visible at once",
    ContentFinding.SENSITIVITY_LABEL: "a sensitivity label",
    ContentFinding.OTHER_FORMAT: "another format than its name says",
    ContentFinding.MISLEADING_NAME: "a misleading name",
    ContentFinding.RESTRICTED: "restricted use",
    ContentFinding.NOT_INSPECTED: "not inspected in full",
    ContentFinding.MALWARE: "malware",
    ContentFinding.SCAN_MISSING: "not scanned for malware in time",
}
REASONS: Final = {
    Reason.EMPTY: "it is empty",
    Reason.CONTENT_MISMATCH: "its content is not what its name or type says",
    Reason.TYPE_NOT_ALLOWED: "documents of this type are not allowed",
    Reason.ENCRYPTED: "it is encrypted",
    Reason.ARCHIVE_BOMB: "it is an archive bomb",
    Reason.MACROS: "it holds macros",
    Reason.ACTIVE_CONTENT: "it holds active content",
    Reason.EXECUTABLE: "it is or holds a program",
    Reason.EXTERNAL_CONTENT: "it shows content from elsewhere",
    Reason.FORMULA: "it holds a formula that acts",
    Reason.ATTACHMENT: "other files lie in it",
    Reason.HIDDEN_MATTER: "it holds matter that is not visible at once",
    Reason.SENSITIVITY_LABEL: "it carries a sensitivity label",
    Reason.OTHER_FORMAT: "it has another format than its name says",
    Reason.MISLEADING_NAME: "its name is misleading",
    Reason.RESTRICTED: "it restricts what readers may do with it",
    Reason.NOT_INSPECTED: "it could not be inspected in full",
    Reason.MALWARE: "malware was found in it",
    Reason.SCAN_MISSING: "it was not scanned for malware in time",
    Reason.UNREADABLE: "it could not be read",
    Reason.TOO_LARGE: "it is too large",
    Reason.INSPECTION_TIMEOUT: "it could not be read in time",
    Reason.NOT_AS_SUBMITTED: "its bytes are not those that its submitter handed in",
    Reason.HASH_MISMATCH: "its bytes were no longer those that were reviewed",
    Reason.TARGET_TAKEN: "another document has its place",
    Reason.APPROVAL_UNREACHABLE: "too few reviewers are left to approve it",
    Reason.CHANGES_REQUESTED: "changes were requested",
}


def people(names: Sequence[str], last: str = "and") -> str:
    """List names as a sentence does, such as `ann, ben or 3 others`."""
    shown = (
        list(names) if len(names) <= _MOST_NAMED + 1 else [*names[:_MOST_NAMED], f"{len(names) - _MOST_NAMED} others"]
    )
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}" if len(shown) > 1 else "".join(shown)
