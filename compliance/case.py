"""A case: the reviews of one document name that follow from each other, until one of them ends otherwise."""

from __future__ import annotations

from dataclasses import replace

from compliance.outcome import Outcome, Reason, outcome_of
from compliance.review import Head


def in_case_of(head: Head, previous: Head | None) -> Head:
    """A new review, joined to the case of the review that was opened before it under its document's name.

    It joins where that one ended, or is decided to end, with changes asked for, superseded or withdrawn: there the
    same matter is submitted again. After any other end, and while that one is still open, a new case begins. No
    decision is carried over.
    """
    if previous is None or not _goes_on(previous):
        return head
    return replace(head, case_id=previous.case, previous_review=previous.review_id)


def _goes_on(ended: Head) -> bool:
    if ended.verdict is None:
        return False
    outcome = ended.outcome or outcome_of(ended.verdict)
    changes_requested = outcome is Outcome.REJECTED and ended.reason == Reason.CHANGES_REQUESTED
    return changes_requested or outcome in (Outcome.SUPERSEDED, Outcome.WITHDRAWN)
