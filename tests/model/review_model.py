"""What a log of steps comes to, computed without the product's rules.

It keeps no state: each function answers its question from the whole log. It follows docs/policy.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import combinations

from tests.model.steps import (
    SUBMITTER,
    Close,
    Decide,
    Delegation,
    Escalate,
    Expire,
    Inspect,
    Log,
    Open,
    Part,
    Remind,
    Rules,
    Stage,
    Step,
    Supersede,
    Vanish,
    Withdraw,
)

STRANGERS = range(1000, 1012)  # people whom no policy names; enough for every seat that is open to anyone

OUTCOMES = {
    "approve": "approved",
    "reject": "rejected",
    "expire": "expired",
    "withdraw": "withdrawn",
    "supersede": "superseded",
    "gone": "gone",
}


def decisions(log: Log) -> list[Decide]:
    """List the decisions that took effect, in their order."""
    return [step for step in log if isinstance(step, Decide)]


@dataclass(frozen=True)
class Counted:
    """A decision that took effect, and the delegation that makes it another person's."""

    step: Decide
    delegation: Delegation | None = None

    @property
    def reviewer(self) -> int:
        """The person whose decision it is."""
        return self.delegation.by if self.delegation else self.step.body.person

    @property
    def people(self) -> set[int]:
        """The people who can fill no other seat from then on."""
        return {self.step.body.person, self.reviewer}


def counted(log: Log, rules: Rules) -> Sequence[Counted]:
    """List the decisions that took effect, in their order, each with its delegation."""
    if not rules.delegations:
        return [Counted(step) for step in decisions(log)]
    return _counted(tuple(log), rules)


@lru_cache(maxsize=10_000)
def _counted(log: tuple[Step, ...], rules: Rules) -> tuple[Counted, ...]:
    if not log:
        return ()
    before, step = log[:-1], log[-1]
    if not isinstance(step, Decide):
        return _counted(before, rules)
    candidates = _candidates(before, step, rules)
    allowed = (each for each in candidates if _answer_to_candidate(before, each, rules) == "recorded")
    return (*_counted(before, rules), next(allowed, candidates[0]))


def _candidates(log: Log, step: Decide, rules: Rules) -> list[Counted]:
    """Read the decision as the sender's own and, unless the open stage asks the sender, under each delegation."""
    person, (number, _) = step.body.person, open_stage(log, rules)
    if admits(in_force(log, rules).stages[number], person):
        return [Counted(step)]
    received = sorted((each for each in rules.delegations if each.to == person), key=lambda each: each.by)
    in_time = (each for each in received if each.starts <= step.after_deadline <= each.ends)
    return [Counted(step), *(Counted(step, delegation) for delegation in in_time)]


def _people_of(past: Sequence[Counted]) -> frozenset[int]:
    """Collect the people who have filled their one seat."""
    return frozenset(person for decision in past for person in decision.people)


def admits(stage: Stage, person: int) -> bool:
    """Return whether this person may decide in the stage."""
    return any(not part.people or person in part.people for part in stage)


@cache
def satisfied(stage: Stage, approvers: frozenset[int], rules: Rules) -> bool:
    """Return whether each part can have approvers of its own. Tries every choice."""
    if not stage:
        return True
    part, others = stage[0], stage[1:]
    fit = [person for person in approvers if not part.people or person in part.people]
    return any(
        satisfied(others, approvers.difference(chosen), rules) for chosen in combinations(fit, _needed(part, rules))
    )


@cache
def reachable(stages: tuple[Stage, ...], approvers: frozenset[int], gone: frozenset[int], rules: Rules) -> bool:
    """Return whether people who have not decided yet could, one after the other, approve the stages that are left."""
    if not stages:
        return True
    if satisfied(stages[0], approvers, rules):
        return reachable(stages[1:], frozenset(), gone, rules)
    named = {person for stage in stages for part in stage for person in part.people}
    strangers = [person for person in STRANGERS if person not in gone]  # all alike, so trying one is enough
    return any(
        reachable(stages, approvers | {person}, gone | {person}, rules)
        for person in [*sorted(named), *strangers[:1]]
        if admits(stages[0], person) and person not in gone and person not in rules.barred
    )


def in_force(log: Log, rules: Rules) -> Rules:
    """Add the people to whom the review was escalated as reviewers, unless they had decided before.

    A person joins the parts that name people, of the stage that was open then and of later ones, but of no stage
    before the last one that names this person anyway.
    """
    if Escalate() not in log:
        return rules
    before = log[: log.index(Escalate())]
    stages = list(rules.stages)
    for person in set(rules.escalates_to) - _people_of(counted(before, rules)):
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


def open_stage(log: Log, rules: Rules) -> tuple[int, Sequence[Counted]]:
    """Return the number of the open stage, and the decisions made since it opened."""
    return _stage_after(counted(log, rules), in_force(log, rules))


def _stage_after(past: Sequence[Counted], rules: Rules) -> tuple[int, Sequence[Counted]]:
    number, since = 0, past
    while number < len(rules.stages):
        ends = (
            end for end in range(1, len(since) + 1) if satisfied(rules.stages[number], _approvers(since[:end]), rules)
        )
        end = next(ends, None)
        if end is None:
            break
        number, since = number + 1, since[end:]
    return number, since


def _approvers(past: Sequence[Counted]) -> frozenset[int]:
    latest = {decision.reviewer: decision.step.body.approves for decision in past}
    return frozenset(person for person, approves in latest.items() if approves)


def reason(log: Log, rules: Rules) -> str | None:
    """Return why it was rejected, or None if a rejection says so."""
    if verdict(log, rules) != "reject" or _vetoed(log, rules):
        return None
    return "content_mismatch" if Inspect(mismatch=True) in log else "approval_unreachable"


def _vetoed(log: Log, rules: Rules) -> bool:
    return rules.reject_veto and not all(step.body.approves for step in decisions(log))


def verdict(log: Log, rules: Rules) -> str | None:
    """Return what was decided, whatever the order of the log: only one final step can have taken effect."""
    for ending, name in ((Expire, "expire"), (Withdraw, "withdraw"), (Supersede, "supersede"), (Vanish, "gone")):
        if any(isinstance(step, ending) for step in log):
            return name
    if not any(isinstance(step, Inspect) for step in log):
        return None
    if Inspect(mismatch=True) in log or _vetoed(log, rules):
        return "reject"
    if not _in_reach(counted(log, rules), in_force(log, rules)):
        return "reject"
    return "approve" if open_stage(log, rules)[0] == len(rules.stages) else None


def _in_reach(past: Sequence[Counted], rules: Rules) -> bool:
    number, since = _stage_after(past, rules)
    return reachable(rules.stages[number:], _approvers(since), _people_of(past), rules)


def outcome(log: Log, rules: Rules) -> str | None:
    """Return how the review ended, or None if it has not."""
    closings = [step for step in log if isinstance(step, Close)]
    return (closings[0].prevented or OUTCOMES[str(verdict(log, rules))]) if closings else None


def state(log: Log, rules: Rules) -> str | None:
    """Return the state of the review, or None if it was not opened."""
    if Open() not in log:
        return None
    if outcome(log, rules):
        return "closed"
    return "decided" if verdict(log, rules) else "open"


def takes_effect(log: Log, step: Step, rules: Rules) -> bool:
    """Return whether this step, made now, changes the review."""
    now, inspected = state(log, rules), any(isinstance(past, Inspect) for past in log)
    match step:
        case Open():
            return now is None
        case Inspect():
            return now == "open" and not inspected
        case Supersede() | Vanish():
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
            repeated = isinstance(step, Decide) and any(step.body == past.body for past in decisions(log))
            return now == "open" and not repeated and answer(log, step, rules) == "recorded"


def answer(log: Log, step: Step, rules: Rules) -> str | None:
    """Return the answer to the sender, or None if the step has no sender or it is too early to answer."""
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
    for past in decisions(log):
        if past.body == step.body:
            return "recorded" if past.message == step.message else "duplicate"
        if past.body.decision_id == step.body.decision_id:
            return "id_reused"
    if not is_open or step.after_deadline > 0:
        return "late"
    if step.body.version == "wrong":
        return "wrong_version"
    answers = [_answer_to_candidate(log, candidate, rules) for candidate in _candidates(log, step, rules)]
    return next(each for each in ("recorded", "stage_not_open", "not_permitted") if each in answers)


def _answer_to_candidate(log: Log, candidate: Counted, rules: Rules) -> str:
    """Return the answer to the decision if it is read in this way."""
    body, reviewer, before = candidate.step.body, candidate.reviewer, counted(log, rules)
    (number, since), rules = open_stage(log, rules), in_force(log, rules)
    if candidate.people & (rules.involved if candidate.delegation else rules.barred):
        return "not_permitted"
    if any(candidate.people & past.people and past.reviewer != reviewer for past in before):
        return "not_permitted"
    final = before[: len(before) - len(since)] if rules.may_change_mind else before
    if reviewer in _people_of(final):
        return "not_permitted"
    if not admits(rules.stages[number], reviewer):
        later = any(admits(stage, reviewer) for stage in rules.stages[number + 1 :])
        return "stage_not_open" if later else "not_permitted"
    if rules.comment_required_on_reject and not body.approves and not body.comment:
        return "not_permitted"
    return "stage_not_open" if candidate.delegation and _removes_needed_person(before, candidate, rules) else "recorded"


def _removes_needed_person(before: Sequence[Counted], candidate: Counted, rules: Rules) -> bool:
    """Return whether a later stage needs the delegate or, for an approval, the person replaced.

    A rejection ends the review if there is a veto. If not, it may put approval out of reach, as one by the person
    replaced would.
    """
    body = candidate.step.body
    if _in_reach([*before, candidate], rules) or (rules.reject_veto and not body.approves):
        return False
    own = Counted(replace(candidate.step, body=replace(body, person=candidate.reviewer)))
    return body.approves or _in_reach([*before, own], rules)
