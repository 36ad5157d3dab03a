"""A case: reviews of one document name, each of which goes on where the one before ended."""

from __future__ import annotations

from dataclasses import replace

from compliance.outcome import Outcome, Reason, outcome_of
from compliance.review import Head


def continue_case(head: Head, previous: Head | None) -> Head:
    """Return a new review as part of the case of the review that was opened before it under its document's name.

    It continues that case if the previous review ended, or is decided to end, with changes requested, superseded or
    withdrawn: then the same matter is submitted again. After any other end, and while that review is open, a new case
    begins. No decision is carried over.
    """
    if previous is None or not _is_continued(previous):
        return head
    return replace(head, case_id=previous.case, previous_review=previous.review_id)


def _is_continued(ended: Head) -> bool:
    if ended.verdict is None:
        return False
    outcome = ended.outcome or outcome_of(ended.verdict)
    changes_requested = outcome is Outcome.REJECTED and ended.reason == Reason.CHANGES_REQUESTED
    return changes_requested or outcome in (Outcome.SUPERSEDED, Outcome.WITHDRAWN)
