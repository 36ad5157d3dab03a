"""How a review stands, in a word and in a sentence. Times are beside it: only the browser has the reader's zone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from compliance.outcome import Outcome, Reason, ReviewState, Vote, outcome_of
from compliance.review import Decision, Head, RecordedDecision
from compliance.rounds import audience_of
from compliance.verdict import approvals_given, tally_of
from contracts.plain_text import quantity
from reviews.wording.words import REASONS, people
from web.pages.view_models import Mood

VOTES: Final = {Vote.APPROVE: "approved", Vote.REJECT: "rejected", Vote.REQUEST_CHANGES: "requested changes"}
VOTE_MOODS: Final = {Vote.APPROVE: Mood.GOOD, Vote.REJECT: Mood.BAD, Vote.REQUEST_CHANGES: Mood.WARN}


class State(NamedTuple):
    """How a review stands."""

    mood: Mood
    word: str
    sentence: str


def state_of(
    head: Head, decisions: Sequence[RecordedDecision], is_me: Callable[[str], bool] = lambda _: False
) -> State:
    """Return how a review stands: for whom it waits, or how it ended and why. `is_me` detects the reader's names."""
    if head.state is ReviewState.OPEN:
        return _open(head, decisions, is_me)
    outcome = head.outcome or (outcome_of(head.verdict) if head.verdict else None)
    match outcome:
        case Outcome.APPROVED:
            return _approved(head, decisions)
        case Outcome.REJECTED:
            return _rejected(head, decisions)
        case Outcome.EXPIRED:
            given = approvals_in_words(head, decisions)
            return State(Mood.BAD, "Expired", f"The deadline passed with {given}.")
        case Outcome.WITHDRAWN:
            return State(Mood.PLAIN, "Withdrawn", "The submitter took it back.")
        case Outcome.SUPERSEDED:
            text = "The document was replaced by a newer version, which has a review of its own."
            return State(Mood.PLAIN, "Superseded", text)
        case Outcome.GONE:
            text = "The document was deleted or renamed before a decision was reached."
            return State(Mood.PLAIN, "Gone", text)
        case _:
            why = _reason(head) or "the document could not be moved"
            return State(Mood.BAD, "Failed", f"It was decided, but {why}.")


def approvals_in_words(head: Head, decisions: Sequence[RecordedDecision]) -> str:
    """Return how many approvals the open stage has of those that it needs, such as `1 of 2 approvals`."""
    given, needed = approvals_given(tally_of(decisions, head.policy, head.barred), head.policy, head.barred)
    return f"{given} of {quantity(needed, 'approval')}"


def decided_by(decision: Decision) -> str:
    """Return who decided, and in whose place if not their own."""
    return f"{decision.reviewer} for {decision.on_behalf_of}" if decision.on_behalf_of else decision.reviewer


def _open(head: Head, decisions: Sequence[RecordedDecision], is_me: Callable[[str], bool]) -> State:
    if not head.inspected:
        return State(Mood.PLAIN, "Being inspected", "Reviewers are asked once its content has been inspected.")
    stage = head.policy.stages[head.stage]
    audience = audience_of(head, decisions)
    names = [*("you" for name in audience if is_me(name)), *(name for name in audience if not is_me(name))]
    given, needed = approvals_given(tally_of(decisions, head.policy, head.barred), head.policy, head.barred)
    if any(not part.reviewers for part in stage.parts):
        whom = people([*names, "anyone else who may decide"], "or") if names else "any reviewer"
    else:
        whom = people(names, "and" if len(names) <= needed - given else "or") or "nobody"
    where = f" in the stage {stage.name}" if len(head.policy.stages) > 1 else ""
    return State(Mood.PLAIN, approvals_in_words(head, decisions), f"Waits for {whom}{where}.")


def _approved(head: Head, decisions: Sequence[RecordedDecision]) -> State:
    by = people([decided_by(row.decision) for row in decisions if row.decision.vote is Vote.APPROVE])
    if head.outcome is None:
        return State(Mood.GOOD, "Approved", f"Approved by {by}. The document is being published.")
    if head.retraction:
        what = "was" if head.retraction.done else "is being"
        return State(Mood.WARN, "Retracted", f"Approved by {by}; it {what} taken back by {head.retraction.by}.")
    return State(Mood.GOOD, "Approved", f"Approved by {by} and published as {head.location}.")


def _rejected(head: Head, decisions: Sequence[RecordedDecision]) -> State:
    against = [row.decision for row in decisions if row.decision.vote is not Vote.APPROVE]
    if not against:
        why = _reason(head) or "of what was found in it"
        return State(Mood.BAD, "Refused", f"Refused before anybody was asked: {why}.")
    asked = [decision for decision in against if decision.vote is Vote.REQUEST_CHANGES]
    by = people([decided_by(decision) for decision in asked or against])
    if asked:
        return State(Mood.WARN, "Changes requested", f"{by} requested changes. A new version can be submitted.")
    return State(Mood.BAD, "Rejected", f"Rejected by {by}.")


def _reason(head: Head) -> str | None:
    refused = [found.detail for found in head.findings if head.policy.content.measure(found.kind).refuse]
    if refused and not head.last_seq:
        return "; ".join(refused)
    return REASONS.get(Reason(head.reason)) if head.reason in [*Reason] else head.reason
