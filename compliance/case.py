"""A case: reviews of one document name, each of which goes on where the one before ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from compliance.outcome import Outcome, Reason, outcome_of
from compliance.people.identity import person_key
from compliance.review import Head

MOST_CARRIED: Final = 50  # people, of whom storage has room for some 60 in a head's column


def continue_case(head: Head, previous: Head | None) -> Head:
    """Return a new review as part of the case of the review that was opened before it under its document's name.

    It continues that case if the previous review ended, or is decided to end, with changes requested, superseded, gone
    or withdrawn: then the same matter is submitted again. After any other end, and while that review is open, a new
    case begins. No decision is carried over, but the submitters and modifiers known from earlier versions are: a tool
    that replaces a document's metadata does not make its submitter a reviewer.
    """
    if previous is None or not _is_continued(previous):
        return head
    return replace(
        head,
        case_id=previous.case,
        previous_review=previous.review_id,
        earlier_submitters=_known(previous.earlier_submitters, previous.submitter, head.submitter),
        earlier_modifiers=_known(previous.earlier_modifiers, previous.modifier, head.modifier),
    )


def _known(earlier: tuple[str, ...], last: str | None, own: str | None) -> tuple[str, ...]:
    """Return the people whom earlier versions have named, the first ones first, without the one whom this one names.

    The first are kept if there are too many, so that nobody can have the first submitter forgotten.
    """
    named = {person_key(name): name for name in earlier}
    if last:
        named.setdefault(person_key(last), last)
    named.pop(person_key(own or ""), None)
    return tuple(named.values())[:MOST_CARRIED]


def _is_continued(ended: Head) -> bool:
    if ended.verdict is None:
        return False
    outcome = ended.outcome or outcome_of(ended.verdict)
    changes_requested = outcome is Outcome.REJECTED and ended.reason == Reason.CHANGES_REQUESTED
    return changes_requested or outcome in (Outcome.SUPERSEDED, Outcome.GONE, Outcome.WITHDRAWN)
