"""The verdict is a fold over the recorded decisions in the order of their sequence numbers.

A decision belongs to the stage that is open when it is recorded. After each of them, in this order:

1. Whoever asks for changes ends the review: it is rejected (`changes_requested`). With the reject veto, so does a
   rejection.
2. The stage is done when the approvals given in it fill all places of its parts: one person fills one place in one
   part. The next stage opens; after the last one the document is approved.
3. The review is rejected (`approval_unreachable`) when those who have approved in the open stage and all named
   reviewers who have not decided yet could no longer fill the places of the open stage and of those to come. Who has
   approved in the open stage counts there only; who has rejected, or decided in an earlier stage, does not count, even
   where minds may be changed. Places that are open to anyone can always be filled.

Who decides in the place of somebody who has delegated gives that person's decision; neither of the two can then fill
another place.

Where a person's later decision replaces an earlier one in the open stage, only the later one is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from compliance.identity import identity_of
from compliance.outcome import Reason, Verdict
from compliance.policy import Policy, Stage
from compliance.quorum import Demand, fills
from compliance.review import Decision, RecordedDecision


@dataclass(frozen=True, slots=True)
class Progress:
    """What the recorded decisions come to. People are identities (`identity_of`)."""

    stage: int = 0  # the open one, or the one in which the review was decided
    said: Mapping[str, Verdict] = field(default_factory=dict[str, Verdict])  # in that stage, each person's last word
    words: Mapping[str, int] = field(default_factory=dict[str, int])  # in that stage, how many each person has said
    decided_before: frozenset[str] = frozenset()  # in the stages before
    stood_in: Mapping[str, str] = field(default_factory=dict[str, str])  # who has decided in another's place, and whose
    verdict: Verdict | None = None
    reason: Reason | None = None

    @property
    def decided(self) -> frozenset[str]:
        """Everybody who has had their one place in this review."""
        return self.decided_before | self.said.keys() | self.stood_in.keys()

    def place_of(self, person: str) -> str | None:
        """Whose place this person has filled in this review; None: nobody's yet."""
        return self.stood_in.get(person) or (person if person in self.decided else None)


def progress_of(decisions: Iterable[RecordedDecision], policy: Policy, barred: frozenset[str]) -> Progress:
    """How far the decisions bring a review in which the people `barred` may not decide; the first final row decides."""
    progress = _if_reachable(Progress(), policy, barred)
    for row in sorted(decisions, key=lambda row: row.seq):
        progress = advanced(progress, row.decision, policy, barred)
    return progress


def advanced(progress: Progress, decision: Decision, policy: Policy, barred: frozenset[str]) -> Progress:
    """How far one more decision brings a review that the ones before have brought so far."""
    if progress.verdict:
        return progress
    person, word, stood_in = decision.person, decision.verdict, progress.stood_in
    words = progress.words.get(person, 0) + 1
    if decision.on_behalf_of:
        stood_in = {**stood_in, identity_of(decision.reviewer): person}
    heard = replace(
        progress,
        said={**progress.said, person: word},
        words={**progress.words, person: words},
        stood_in=stood_in,
    )
    return _counted(heard, word, policy, barred)


def _counted(progress: Progress, word: Verdict, policy: Policy, barred: frozenset[str]) -> Progress:
    if word is Verdict.REQUEST_CHANGES:
        return replace(progress, verdict=Verdict.REJECT, reason=Reason.CHANGES_REQUESTED)
    if word is Verdict.REJECT and policy.reject_veto:
        return replace(progress, verdict=Verdict.REJECT)
    if _is_done(policy.stages[progress.stage], _approvals(progress), barred):
        if progress.stage == len(policy.stages) - 1:
            return replace(progress, verdict=Verdict.APPROVE)
        progress = Progress(progress.stage + 1, decided_before=progress.decided, stood_in=progress.stood_in)
    return _if_reachable(progress, policy, barred)


def _approvals(progress: Progress) -> frozenset[str]:
    return frozenset(person for person, word in progress.said.items() if word is Verdict.APPROVE)


def _is_done(stage: Stage, approvals: frozenset[str], barred: frozenset[str]) -> bool:
    return fills(
        Demand(part.approvals_of(part.people - barred), approvals & part.people if part.reviewers else approvals)
        for part in stage.parts
    )


def _if_reachable(progress: Progress, policy: Policy, barred: frozenset[str]) -> Progress:
    if fills(_still_to_fill(progress, policy, barred)):
        return progress
    return replace(progress, verdict=Verdict.REJECT, reason=Reason.APPROVAL_UNREACHABLE)


def _still_to_fill(progress: Progress, policy: Policy, barred: frozenset[str]) -> Iterator[Demand]:
    approvals, gone = _approvals(progress), progress.decided | barred
    for number, stage in enumerate(policy.stages[progress.stage :]):
        for part in stage.parts:
            if part.reviewers:
                here = part.people & approvals if number == 0 else frozenset[str]()
                yield Demand(part.approvals_of(part.people - barred), here | (part.people - gone))
