"""What one review must come to, told without the product's rules: who said what, in the order in which it took effect.

A model of design section 3.2 and of docs/policy.md for property tests. It keeps no state but the log of steps that took
effect and answers every question by looking through all of it again; people are numbers in the order of their names,
times are microseconds from the deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import combinations
from typing import Literal

SUBMITTER = 0  # the person who handed the document in
STRANGERS = range(1000, 1012)  # people whom no policy names; enough for every place that is open to anyone


@dataclass(frozen=True)
class Part:
    """So many of these people must approve."""

    needed: int | Literal["all"] = 1
    people: frozenset[int] = frozenset()  # empty: anyone


Stage = tuple[Part, ...]


@dataclass(frozen=True)
class Away:
    """Who will be away has another decide in their place, from one moment to another, both included."""

    by: int
    to: int
    starts: int = -2_000_000
    ends: int = 2_000_000


@dataclass(frozen=True)
class Rules:
    """The policy of the review, who changed the document last, and who stands in for whom."""

    stages: tuple[Stage, ...] = ((Part(),),)
    separation_of_duties: bool = True
    comment_required_on_reject: bool = False
    reject_veto: bool = True
    may_change_mind: bool = False
    modifier: int | None = None
    escalates_to: tuple[int, ...] = ()
    delegations: frozenset[Away] = frozenset()

    @property
    def near(self) -> frozenset[int | None]:
        """Who is too near to the document for anything to be delegated by them or to them."""
        return frozenset({SUBMITTER, self.modifier})

    @property
    def barred(self) -> frozenset[int | None]:
        """Who may not decide."""
        return self.near if self.separation_of_duties else frozenset()


@dataclass(frozen=True)
class Said:
    """What a decision message says; the same words under the same id are the same decision."""

    decision_id: int
    person: int
    spelling: int = 0  # people write their name in different letter case
    approves: bool = True
    version: Literal["unnamed", "right", "wrong"] = "unnamed"
    comment: bool = False


@dataclass(frozen=True)
class Decide:
    """A decision message arrives; a redelivery is the same message again."""

    message: int
    said: Said
    after_deadline: int = -1  # microseconds


@dataclass(frozen=True)
class Withdraw:
    """Somebody asks to take the document back."""

    person: int = SUBMITTER
    after_deadline: int = -1  # microseconds


@dataclass(frozen=True)
class Open:
    """An opener writes the first head."""


@dataclass(frozen=True)
class Inspect:
    """The document is looked at; what belies its name is rejected at once."""

    mismatch: bool = False


@dataclass(frozen=True)
class Expire:
    """The deadline's timer fires."""


@dataclass(frozen=True)
class Supersede:
    """The document was overwritten."""


@dataclass(frozen=True)
class Close:
    """The document was moved, or its move was prevented."""

    prevented: Literal["superseded", "failed"] | None = None


@dataclass(frozen=True)
class Remind:
    """A reminder falls due."""

    number: int


@dataclass(frozen=True)
class Escalate:
    """The escalation falls due."""


Step = Open | Inspect | Decide | Withdraw | Expire | Supersede | Close | Remind | Escalate
Log = Sequence[Step]

OUTCOMES = {
    "approve": "approved",
    "reject": "rejected",
    "expire": "expired",
    "withdraw": "withdrawn",
    "supersede": "superseded",
}


def counted(log: Log) -> list[Decide]:
    """The decisions that took effect, in their order."""
    return [step for step in log if isinstance(step, Decide)]


@dataclass(frozen=True)
class Vote:
    """A decision that took effect, and the delegation by which it is another's."""

    step: Decide
    away: Away | None = None

    @property
    def place(self) -> int:
        """Whose decision it is."""
        return self.away.by if self.away else self.step.said.person

    @property
    def people(self) -> set[int]:
        """Who can fill no other place from then on."""
        return {self.step.said.person, self.place}


def votes(log: Log, rules: Rules) -> Sequence[Vote]:
    """The decisions that took effect, in their order, each with whose it is."""
    if not rules.delegations:
        return [Vote(step) for step in counted(log)]
    return _votes(tuple(log), rules)


@lru_cache(maxsize=10_000)
def _votes(log: tuple[Step, ...], rules: Rules) -> tuple[Vote, ...]:
    if not log:
        return ()
    before, step = log[:-1], log[-1]
    if not isinstance(step, Decide):
        return _votes(before, rules)
    ways = _ways(before, step, rules)
    allowed = (way for way in ways if _answer_to_vote(before, way, rules) == "recorded")
    return (*_votes(before, rules), next(allowed, ways[0]))


def _ways(log: Log, step: Decide, rules: Rules) -> list[Vote]:
    """The sender's own decision, and each in whose place it may be instead where the sender is no reviewer now."""
    person, (number, _) = step.said.person, open_stage(log, rules)
    if admits(in_force(log, rules).stages[number], person):
        return [Vote(step)]
    told = sorted((away for away in rules.delegations if away.to == person), key=lambda away: away.by)
    return [Vote(step), *(Vote(step, away) for away in told if away.starts <= step.after_deadline <= away.ends)]


def _behind(all_votes: Sequence[Vote]) -> frozenset[int]:
    """Everybody who has had their one place by these."""
    return frozenset(person for vote in all_votes for person in vote.people)


def admits(stage: Stage, person: int) -> bool:
    """Whether the stage asks this person."""
    return any(not part.people or person in part.people for part in stage)


@cache
def satisfied(stage: Stage, approvers: frozenset[int], rules: Rules) -> bool:
    """Whether each part can have its own people among the approvers: every choice is tried."""
    if not stage:
        return True
    part, others = stage[0], stage[1:]
    fit = [person for person in approvers if not part.people or person in part.people]
    return any(
        satisfied(others, approvers.difference(chosen), rules) for chosen in combinations(fit, _needed(part, rules))
    )


@cache
def hopeful(stages: tuple[Stage, ...], approvers: frozenset[int], gone: frozenset[int], rules: Rules) -> bool:
    """Whether people who have not decided yet could, one after the other, approve what is left of the stages."""
    if not stages:
        return True
    if satisfied(stages[0], approvers, rules):
        return hopeful(stages[1:], frozenset(), gone, rules)
    named = {person for stage in stages for part in stage for person in part.people}
    strangers = [person for person in STRANGERS if person not in gone]  # all alike, so one of them speaks for all
    return any(
        hopeful(stages, approvers | {person}, gone | {person}, rules)
        for person in [*sorted(named), *strangers[:1]]
        if admits(stages[0], person) and person not in gone and person not in rules.barred
    )


def in_force(log: Log, rules: Rules) -> Rules:
    """The rules with those as reviewers to whom the review was escalated, unless they had decided before.

    A person joins the parts that name people, of the stage that was open then and of those after, but of no stage
    before the last one that asks this person anyway.
    """
    if Escalate() not in log:
        return rules
    before = log[: log.index(Escalate())]
    stages = list(rules.stages)
    for person in set(rules.escalates_to) - _behind(votes(before, rules)):
        own = [number for number, stage in enumerate(rules.stages) if any(person in part.people for part in stage)]
        for number in range(max([open_stage(before, rules)[0], *own]), len(stages)):
            stages[number] = tuple(_with(person, part, rules) for part in stages[number])
    return replace(rules, stages=tuple(stages))


def _with(person: int, part: Part, rules: Rules) -> Part:
    if not part.people or person in part.people:
        return part
    return Part(_needed(part, rules), part.people | {person})


def _needed(part: Part, rules: Rules) -> int:
    return part.needed if part.needed != "all" else max(1, len(part.people - rules.barred))


def open_stage(log: Log, rules: Rules) -> tuple[int, Sequence[Vote]]:
    """Which stage the decisions have come to, and those made since it opened."""
    return _stage_after(votes(log, rules), in_force(log, rules))


def _stage_after(all_votes: Sequence[Vote], rules: Rules) -> tuple[int, Sequence[Vote]]:
    number, since = 0, all_votes
    while number < len(rules.stages):
        ends = (end for end in range(1, len(since) + 1) if _satisfied_by(since[:end], rules.stages[number], rules))
        end = next(ends, None)
        if end is None:
            break
        number, since = number + 1, since[end:]
    return number, since


def _satisfied_by(decisions: Sequence[Vote], stage: Stage, rules: Rules) -> bool:
    return satisfied(stage, _approvers(decisions), rules)


def _approvers(decisions: Sequence[Vote]) -> frozenset[int]:
    last_words = {vote.place: vote.step.said.approves for vote in decisions}
    return frozenset(person for person, approves in last_words.items() if approves)


def reason(log: Log, rules: Rules) -> str | None:
    """Why it was rejected, where no rejection says so."""
    if verdict(log, rules) != "reject" or (rules.reject_veto and not all(_words(log))):
        return None
    return "content_mismatch" if Inspect(mismatch=True) in log else "approval_unreachable"


def _words(log: Log) -> list[bool]:
    return [step.said.approves for step in counted(log)]


def verdict(log: Log, rules: Rules) -> str | None:
    """What was decided. No order is needed: only one final thing can have taken effect."""
    for ending, name in ((Expire, "expire"), (Withdraw, "withdraw"), (Supersede, "supersede")):
        if any(isinstance(step, ending) for step in log):
            return name
    if not any(isinstance(step, Inspect) for step in log):
        return None
    if Inspect(mismatch=True) in log or (rules.reject_veto and not all(_words(log))):
        return "reject"
    if not _in_reach(votes(log, rules), in_force(log, rules)):
        return "reject"
    return "approve" if open_stage(log, rules)[0] == len(rules.stages) else None


def _in_reach(all_votes: Sequence[Vote], rules: Rules) -> bool:
    number, since = _stage_after(all_votes, rules)
    return hopeful(rules.stages[number:], _approvers(since), _behind(all_votes), rules)


def outcome(log: Log, rules: Rules) -> str | None:
    """How the review ended."""
    closings = [step for step in log if isinstance(step, Close)]
    return (closings[0].prevented or OUTCOMES[str(verdict(log, rules))]) if closings else None


def state(log: Log, rules: Rules) -> str | None:
    """How far the review is; None before it exists."""
    if Open() not in log:
        return None
    if outcome(log, rules):
        return "closed"
    return "decided" if verdict(log, rules) else "open"


def takes_effect(log: Log, step: Step, rules: Rules) -> bool:
    """Whether this step, made now, changes the review."""
    now, inspected = state(log, rules), any(isinstance(past, Inspect) for past in log)
    match step:
        case Open():
            return now is None
        case Inspect():
            return now == "open" and not inspected
        case Supersede():
            return now == "open"
        case Expire():
            return now == "open" and inspected
        case Remind():
            return now == "open" and not any(isinstance(past, Remind) and past.number >= step.number for past in log)
        case Escalate():
            return now == "open" and inspected and step not in log
        case Close():
            return now == "decided"
        case Decide() | Withdraw():
            repeated = isinstance(step, Decide) and any(step.said == past.said for past in counted(log))
            return now == "open" and not repeated and answer(log, step, rules) == "recorded"


def answer(log: Log, step: Step, rules: Rules) -> str | None:
    """What the sender is told; None: nothing, because nobody asked or because it is too early to say."""
    now, inspected = state(log, rules), any(isinstance(past, Inspect) for past in log)
    too_early = now is None or (now == "open" and not inspected)
    match step:
        case Decide() if not too_early:
            return _answer_to_decision(log, step, rules, now == "open")
        case Withdraw() if not too_early:
            if any(isinstance(past, Withdraw) and past.person == step.person for past in log):
                return "recorded"
            if now != "open" or step.after_deadline > 0:
                return "late"
            return "recorded" if step.person == SUBMITTER else "not_permitted"
        case _:
            return None


def _answer_to_decision(log: Log, step: Decide, rules: Rules, is_open: bool) -> str:
    said = step.said
    for past in counted(log):
        if past.said == said:
            return "recorded" if past.message == step.message else "duplicate"
        if past.said.decision_id == said.decision_id:
            return "id_reused"
    if not is_open or step.after_deadline > 0:
        return "late"
    if said.version == "wrong":
        return "wrong_version"
    told = [_answer_to_vote(log, way, rules) for way in _ways(log, step, rules)]
    return next(each for each in ("recorded", "stage_not_open", "not_permitted") if each in told)


def _answer_to_vote(log: Log, vote: Vote, rules: Rules) -> str:
    """What there is to say to it as the decision of this one person."""
    said, place, before = vote.step.said, vote.place, votes(log, rules)
    (number, since), rules = open_stage(log, rules), in_force(log, rules)
    if vote.people & (rules.near if vote.away else rules.barred):
        return "not_permitted"
    if any(vote.people & past.people and past.place != place for past in before):
        return "not_permitted"
    final = before[: len(before) - len(since)] if rules.may_change_mind else before
    if place in _behind(final):
        return "not_permitted"
    if not admits(rules.stages[number], place):
        return (
            "stage_not_open" if any(admits(stage, place) for stage in rules.stages[number + 1 :]) else "not_permitted"
        )
    if rules.comment_required_on_reject and not said.approves and not said.comment:
        return "not_permitted"
    return "stage_not_open" if vote.away and _takes_away(before, vote, rules) else "recorded"


def _takes_away(before: Sequence[Vote], vote: Vote, rules: Rules) -> bool:
    """Whether a later stage needs the delegate; or, for an approval, the one replaced.

    A rejection ends the review where there is a veto; where not, it may put approval out of reach as their own would.
    """
    said = vote.step.said
    if _in_reach([*before, vote], rules) or (rules.reject_veto and not said.approves):
        return False
    own = Vote(replace(vote.step, said=replace(said, person=vote.place)))
    return said.approves or _in_reach([*before, own], rules)
