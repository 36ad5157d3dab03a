"""What one review must come to, told without the product's rules: who said what, in the order in which it took effect.

A model of design section 3.2 for property tests. It keeps no state but the log of steps that took effect and answers
every question by looking through all of it again; people are numbers, times are microseconds from the deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
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
class Rules:
    """The policy of the review, and who changed the document last."""

    stages: tuple[Stage, ...] = ((Part(),),)
    separation_of_duties: bool = True
    comment_required_on_reject: bool = False
    reject_veto: bool = True
    may_change_mind: bool = False
    modifier: int | None = None
    escalates_to: tuple[int, ...] = ()

    @property
    def barred(self) -> frozenset[int | None]:
        """Who may not decide."""
        return frozenset({SUBMITTER, self.modifier} if self.separation_of_duties else ())


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
    decided = {step.said.person for step in counted(before)}
    stages = list(rules.stages)
    for person in set(rules.escalates_to) - decided:
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


def open_stage(log: Log, rules: Rules) -> tuple[int, list[Decide]]:
    """Which stage the decisions have come to, and those made since it opened."""
    rules = in_force(log, rules)
    number, since = 0, counted(log)
    while number < len(rules.stages):
        ends = (end for end in range(1, len(since) + 1) if _satisfied_by(since[:end], rules.stages[number], rules))
        end = next(ends, None)
        if end is None:
            break
        number, since = number + 1, since[end:]
    return number, since


def _satisfied_by(decisions: list[Decide], stage: Stage, rules: Rules) -> bool:
    return satisfied(stage, _approvers(decisions), rules)


def _approvers(decisions: list[Decide]) -> frozenset[int]:
    last_words = {step.said.person: step.said.approves for step in decisions}
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
    number, since = open_stage(log, rules)
    rules = in_force(log, rules)
    gone = frozenset(step.said.person for step in counted(log))
    if not hopeful(rules.stages[number:], _approvers(since), gone, rules):
        return "reject"
    return "approve" if number == len(rules.stages) else None


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
    number, since = open_stage(log, rules)
    earlier = counted(log)[: len(counted(log)) - len(since)] if rules.may_change_mind else counted(log)
    if said.person in rules.barred or said.person in {past.said.person for past in earlier}:
        return "not_permitted"
    rules = in_force(log, rules)
    if not admits(rules.stages[number], said.person):
        later = rules.stages[number + 1 :]
        return "stage_not_open" if any(admits(stage, said.person) for stage in later) else "not_permitted"
    lacks_comment = rules.comment_required_on_reject and not said.approves and not said.comment
    return "not_permitted" if lacks_comment else "recorded"
