"""The verdict: a fold over the recorded decisions in the order of their sequence numbers.

A decision belongs to the stage that is open when it is recorded. Each is counted by these rules, in this order:

1. A request for changes ends the review: it is rejected (`changes_requested`). With the reject veto, so does a
   rejection.
2. The stage is done when the approvals given in it fill all places of its parts: one person fills one place in one
   part. The next stage opens; after the last one the document is approved.
3. The review is rejected (`approval_unreachable`) when the people who can still approve are too few to fill the places
   of the open stage and of those to come. These people are those who have approved in the open stage, for that stage
   only, and all named reviewers who have not decided yet. People who have rejected or have decided in an earlier stage
   are not among them, even if minds may be changed. Places that are open to anyone can always be filled.

A decision in the place of somebody who has delegated is that person's decision; neither of the two can fill another
place.

If a person's later decision replaces an earlier one in the open stage, only the later one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from compliance.outcome import Reason, Verdict, Vote
from compliance.policy import Policy, Stage
from compliance.quorum import Demand, can_fill, most_filled
from compliance.review import Decision, RecordedDecision


@dataclass(frozen=True, slots=True)
class Tally:
    """The state of a review by its recorded decisions. People are named by `person_key`."""

    stage: int = 0  # the open one, or the one in which the review was decided
    votes: Mapping[str, Vote] = field(default_factory=dict[str, Vote])  # in that stage, each person's last one
    vote_counts: Mapping[str, int] = field(default_factory=dict[str, int])  # in that stage, by person
    decided_before: frozenset[str] = frozenset()  # in the stages before
    stand_ins: Mapping[str, str] = field(default_factory=dict[str, str])  # delegates who have decided, and for whom
    verdict: Verdict | None = None
    reason: Reason | None = None

    @property
    def decided(self) -> frozenset[str]:
        """Everybody who has had their one place in this review."""
        return self.decided_before | self.votes.keys() | self.stand_ins.keys()

    def place_of(self, person: str) -> str | None:
        """Return the person whose place this one has filled here, perhaps their own. None if it has filled no place."""
        return self.stand_ins.get(person) or (person if person in self.decided else None)


def tally_of(decisions: Iterable[RecordedDecision], policy: Policy, barred: frozenset[str]) -> Tally:
    """Count the decisions of a review in which the people `barred` may not decide."""
    tally = _reject_if_unreachable(Tally(), policy, barred)
    for row in sorted(decisions, key=lambda row: row.seq):
        tally = count_decision(tally, row.decision, policy, barred)
    return tally


def count_decision(tally: Tally, decision: Decision, policy: Policy, barred: frozenset[str]) -> Tally:
    """Count one more decision. Returns the tally as it is if it has a verdict."""
    if tally.verdict:
        return tally
    person, stand_ins = decision.person, tally.stand_ins
    if decision.on_behalf_of:
        stand_ins = {**stand_ins, decision.sender: person}
    voted = replace(
        tally,
        votes={**tally.votes, person: decision.vote},
        vote_counts={**tally.vote_counts, person: tally.vote_counts.get(person, 0) + 1},
        stand_ins=stand_ins,
    )
    return _judge(voted, decision.vote, policy, barred)


def _judge(tally: Tally, vote: Vote, policy: Policy, barred: frozenset[str]) -> Tally:
    if vote is Vote.REQUEST_CHANGES:
        return replace(tally, verdict=Verdict.REJECT, reason=Reason.CHANGES_REQUESTED)
    if vote is Vote.REJECT and policy.reject_veto:
        return replace(tally, verdict=Verdict.REJECT)
    if _is_done(policy.stages[tally.stage], _approvers(tally), barred):
        if tally.stage == len(policy.stages) - 1:
            return replace(tally, verdict=Verdict.APPROVE)
        tally = Tally(tally.stage + 1, decided_before=tally.decided, stand_ins=tally.stand_ins)
    return _reject_if_unreachable(tally, policy, barred)


def _approvers(tally: Tally) -> frozenset[str]:
    return frozenset(person for person, vote in tally.votes.items() if vote is Vote.APPROVE)


def approvals_given(tally: Tally, policy: Policy, barred: frozenset[str]) -> tuple[int, int]:
    """Return how many approvals of the tally's stage have been given, and how many it needs."""
    places = list(_places_of(policy.stages[tally.stage], _approvers(tally), barred))
    return most_filled(places), sum(each.places for each in places)


def _is_done(stage: Stage, approvers: frozenset[str], barred: frozenset[str]) -> bool:
    return can_fill(_places_of(stage, approvers, barred))


def _places_of(stage: Stage, approvers: frozenset[str], barred: frozenset[str]) -> Iterator[Demand]:
    for part in stage.parts:
        people = approvers & part.people if part.reviewers else approvers
        yield Demand(part.approvals_of(part.people - barred), people)


def _reject_if_unreachable(tally: Tally, policy: Policy, barred: frozenset[str]) -> Tally:
    if can_fill(_places_to_fill(tally, policy, barred)):
        return tally
    return replace(tally, verdict=Verdict.REJECT, reason=Reason.APPROVAL_UNREACHABLE)


def _places_to_fill(tally: Tally, policy: Policy, barred: frozenset[str]) -> Iterator[Demand]:
    approvers, unavailable = _approvers(tally), tally.decided | barred
    for number, stage in enumerate(policy.stages[tally.stage :]):
        for part in stage.parts:
            if part.reviewers:
                here = part.people & approvers if number == 0 else frozenset[str]()
                yield Demand(part.approvals_of(part.people - barred), here | (part.people - unavailable))
