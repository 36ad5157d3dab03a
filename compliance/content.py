"""What an inspection of content can find, and what the policy of a document class makes of each finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from compliance.outcome import Reason


class ContentFinding(StrEnum):
    """What is worth knowing before a document is approved."""

    TYPE_MISMATCH = "type_mismatch"  # the bytes are not what the name or the declared content type says
    TYPE_NOT_ALLOWED = "type_not_allowed"
    ENCRYPTED = "encrypted"  # it, or something in it, cannot be read without a password
    ARCHIVE_BOMB = "archive_bomb"  # unpacking it costs far more than storing it
    MACROS = "macros"
    ACTIVE_CONTENT = "active_content"  # scripts, controls or programs that a reader starts
    NOT_INSPECTED = "not_inspected"  # part of it could not be looked into
    MALWARE = "malware"
    SCAN_MISSING = "scan_missing"  # no verdict of the malware scan in time


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of finding. `detail` is for people: words and numbers of ours, nothing that the document says."""

    kind: ContentFinding
    detail: str


@dataclass(frozen=True, slots=True)
class Measure:
    """What follows from a finding. Reviewers are told of it in any case."""

    refuse: bool = False  # the review is rejected, nobody is asked
    approvals: int = 0  # so many must approve in each part of the last stage, where fewer would do


REFUSE = Measure(refuse=True)
NOTE = Measure()


@dataclass(frozen=True, slots=True)
class ContentPolicy:
    """What follows from each kind of finding. Malware and a type that is not allowed are always refused."""

    allowed_types: tuple[str, ...] = ()  # extensions such as `pdf`; empty: all
    type_mismatch: Measure = REFUSE
    archive_bomb: Measure = REFUSE
    encrypted: Measure = NOTE
    macros: Measure = NOTE
    active_content: Measure = NOTE
    not_inspected: Measure = NOTE
    scan_missing: Measure = REFUSE
    scan_timeout: timedelta | None = None  # how long a malware scan's verdict is waited for; None: none is asked for

    def measure(self, kind: ContentFinding) -> Measure:
        """What follows from a finding of this kind."""
        always: Measure = REFUSE
        return getattr(self, kind.value, always)

    def refusal(self, findings: Iterable[Finding]) -> Reason | None:
        """Why a document with these findings is refused; the first such finding counts. None: it may be reviewed."""
        return next((_REASONS[finding.kind] for finding in findings if self.measure(finding.kind).refuse), None)

    def approvals(self, findings: Iterable[Finding]) -> int:
        """How many approvals these findings ask for; 0 where they ask for no more than there would be."""
        return max((self.measure(finding.kind).approvals for finding in findings), default=0)


_REASONS = {
    ContentFinding.TYPE_MISMATCH: Reason.CONTENT_MISMATCH,
    ContentFinding.TYPE_NOT_ALLOWED: Reason.TYPE_NOT_ALLOWED,
    ContentFinding.ENCRYPTED: Reason.ENCRYPTED,
    ContentFinding.ARCHIVE_BOMB: Reason.ARCHIVE_BOMB,
    ContentFinding.MACROS: Reason.MACROS,
    ContentFinding.ACTIVE_CONTENT: Reason.ACTIVE_CONTENT,
    ContentFinding.NOT_INSPECTED: Reason.NOT_INSPECTED,
    ContentFinding.MALWARE: Reason.MALWARE,
    ContentFinding.SCAN_MISSING: Reason.SCAN_MISSING,
}
