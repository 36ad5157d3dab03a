"""Who decides on a review, and who has said what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from compliance.outcome import ReviewState
from compliance.people.identity import person_key
from compliance.policy import Part, Policy, Stage
from compliance.review import Decision, Head, RecordedDecision
from compliance.rounds import audience_of
from compliance.verdict import Tally, count_decision
from contracts.plain_text import quantity
from web.pages.status_words import VOTE_MOODS, VOTES
from web.pages.view_models import Mood, PersonShown, StageShown


def stages_shown(head: Head, decisions: Sequence[RecordedDecision]) -> Iterator[StageShown]:
    """Yield the stages in their order: in each, who has decided, and who is or will be asked."""
    given = _by_stage(decisions, head.policy, head.barred)
    has_many = len(head.policy.stages) > 1
    for number, stage in enumerate(head.policy.stages):
        decided = [_decided(decision) for decision in given[number]]
        asked = [_undecided(name, head, number) for name in _still_asked(head, decisions, number)]
        yield StageShown(stage.name if has_many else None, _state(head, number), _needs(stage), [*decided, *asked])


def _needs(stage: Stage) -> str:
    """Return how many approvals a stage needs; who gives them is below it."""
    return f"Needs {' and '.join(map(_approvals, stage.parts))}"


def _approvals(part: Part) -> str:
    needed = "every approval" if part.approvals_needed is None else quantity(part.approvals_needed, "approval")
    whom = f" from {part.group}" if part.group else "" if part.reviewers else " from any reviewer"
    return f"{needed}{whom}"


def _by_stage(
    decisions: Sequence[RecordedDecision], policy: Policy, barred: frozenset[str]
) -> dict[int, list[Decision]]:
    """Return the decisions by the stage that was open when each was recorded; of each person only the last one."""
    tally, given = Tally(), defaultdict[int, dict[str, Decision]](dict)
    for row in sorted(decisions, key=lambda row: row.seq):
        given[tally.stage].pop(row.decision.person, None)
        given[tally.stage][row.decision.person] = row.decision
        tally = count_decision(tally, row.decision, policy, barred)
    return defaultdict(list, {stage: list(rows.values()) for stage, rows in given.items()})


def _still_asked(head: Head, decisions: Sequence[RecordedDecision], number: int) -> list[str]:
    """List whom the policy names in a stage and who may still decide, or might have until the review ended."""
    if number < head.stage or (number > head.stage and head.state is not ReviewState.OPEN):
        return []
    if number == head.stage:
        return list(audience_of(head, decisions))
    out = head.barred | head.without_right | {row.decision.person for row in decisions}
    named = dict.fromkeys(name for part in head.policy.stages[number].parts for name in part.reviewers)
    return [name for name in named if person_key(name) not in out]


def _decided(decision: Decision) -> PersonShown:
    says, mood = VOTES[decision.vote], VOTE_MOODS[decision.vote]
    at: datetime = decision.enqueued_at
    return PersonShown(decision.reviewer, mood, says, at, decision.comment, decision.on_behalf_of)


def _undecided(name: str, head: Head, number: int) -> PersonShown:
    if head.state is not ReviewState.OPEN:
        return PersonShown(name, Mood.PLAIN, "did not decide")
    return PersonShown(name, Mood.PLAIN, "has not decided yet" if number == head.stage else "is asked later")


def _state(head: Head, number: int) -> str:
    if number < head.stage:
        return "done"
    if head.state is not ReviewState.OPEN:
        return "ended here" if number == head.stage else "not reached"
    return "open now" if number == head.stage else "comes later"
