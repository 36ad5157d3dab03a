"""The findings of a content inspection, and the measures that a document class's policy takes for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from compliance.outcome import Reason


class ContentFinding(StrEnum):
    """A kind of thing worth knowing before a document is approved."""

    EMPTY = "empty"  # it has no bytes at all
    TYPE_MISMATCH = "type_mismatch"  # the bytes contradict the name or the declared content type
    TYPE_NOT_ALLOWED = "type_not_allowed"
    ENCRYPTED = "encrypted"  # it, or something in it, cannot be read without a password
    ARCHIVE_BOMB = "archive_bomb"  # unpacking it costs far more than storing it
    MACROS = "macros"
    ACTIVE_CONTENT = "active_content"  # scripts, controls or programs that a reader starts
    EXECUTABLE = "executable"  # a program, a shortcut or a script that starts when it is opened
    EXTERNAL_CONTENT = "external_content"  # readers see what programs fetch from elsewhere, then or later
    FORMULA = "formula"  # a field or cell that starts a program or fetches data
    ATTACHMENT = "attachment"  # other files lie in it
    HIDDEN_MATTER = "hidden_matter"  # comments, changes and pages that readers do not see at once
    SENSITIVITY_LABEL = "sensitivity_label"  # its author has classified it
    OTHER_FORMAT = "other_format"  # not what the name says, but the same program opens it
    MISLEADING_NAME = "misleading_name"  # the name looks like another one
    RESTRICTED = "restricted"  # opens without a password, but restricts what readers may do
    NOT_INSPECTED = "not_inspected"  # part of it could not be read
    MALWARE = "malware"
    SCAN_MISSING = "scan_missing"  # the malware scan gave no verdict in time


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `detail` is for people: our own words and numbers, and of the document only a label's name."""

    kind: ContentFinding
    detail: str


@dataclass(frozen=True, slots=True)
class Measure:
    """The consequence of a finding. Reviewers see the finding in any case."""

    refuse: bool = False  # the review is rejected without asking anybody
    approvals: int = 0  # at least this many in each part of the last stage


REFUSE = Measure(refuse=True)
NOTE = Measure()


@dataclass(frozen=True, slots=True)
class ContentPolicy:
    """The measure for each kind of finding. Malware and a type that is not allowed are always refused."""

    allowed_types: tuple[str, ...] = ()  # extensions such as `pdf`; empty if all are
    empty: Measure = NOTE
    type_mismatch: Measure = REFUSE
    archive_bomb: Measure = REFUSE
    encrypted: Measure = NOTE
    macros: Measure = NOTE
    active_content: Measure = NOTE
    executable: Measure = NOTE
    external_content: Measure = NOTE
    formula: Measure = NOTE
    attachment: Measure = NOTE
    hidden_matter: Measure = NOTE
    sensitivity_label: Measure = NOTE
    other_format: Measure = NOTE
    misleading_name: Measure = NOTE
    restricted: Measure = NOTE
    not_inspected: Measure = NOTE
    scan_missing: Measure = REFUSE
    scan_timeout: timedelta | None = None  # longest wait for a malware scan; None if no scan is required

    def measure(self, kind: ContentFinding) -> Measure:
        """Return the measure for a kind of finding."""
        always: Measure = REFUSE
        return getattr(self, kind.value, always)

    def refusal(self, findings: Iterable[Finding]) -> Reason | None:
        """Return why a document with these findings is refused, or None if it may be reviewed."""
        return next((_REASONS[finding.kind] for finding in findings if self.measure(finding.kind).refuse), None)

    def approvals(self, findings: Iterable[Finding]) -> int:
        """Return the number of approvals that these findings require; 0 if they require none."""
        return max((self.measure(finding.kind).approvals for finding in findings), default=0)


_REASONS = {
    ContentFinding.EMPTY: Reason.EMPTY,
    ContentFinding.TYPE_MISMATCH: Reason.CONTENT_MISMATCH,
    ContentFinding.TYPE_NOT_ALLOWED: Reason.TYPE_NOT_ALLOWED,
    ContentFinding.ENCRYPTED: Reason.ENCRYPTED,
    ContentFinding.ARCHIVE_BOMB: Reason.ARCHIVE_BOMB,
    ContentFinding.MACROS: Reason.MACROS,
    ContentFinding.ACTIVE_CONTENT: Reason.ACTIVE_CONTENT,
    ContentFinding.EXECUTABLE: Reason.EXECUTABLE,
    ContentFinding.EXTERNAL_CONTENT: Reason.EXTERNAL_CONTENT,
    ContentFinding.FORMULA: Reason.FORMULA,
    ContentFinding.ATTACHMENT: Reason.ATTACHMENT,
    ContentFinding.HIDDEN_MATTER: Reason.HIDDEN_MATTER,
    ContentFinding.SENSITIVITY_LABEL: Reason.SENSITIVITY_LABEL,
    ContentFinding.OTHER_FORMAT: Reason.OTHER_FORMAT,
    ContentFinding.MISLEADING_NAME: Reason.MISLEADING_NAME,
    ContentFinding.RESTRICTED: Reason.RESTRICTED,
    ContentFinding.NOT_INSPECTED: Reason.NOT_INSPECTED,
    ContentFinding.MALWARE: Reason.MALWARE,
    ContentFinding.SCAN_MISSING: Reason.SCAN_MISSING,
}
