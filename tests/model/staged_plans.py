"""Random plans of what happens to one document in stages. The outcome is the same whatever comes first of a batch."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import count, permutations

from tests.model import review_model as model
from tests.model.steps import (
    Body,
    Close,
    Decide,
    Escalate,
    Expire,
    Inspect,
    Log,
    Open,
    Part,
    Rules,
    Step,
    Supersede,
    Withdraw,
)

PEOPLE = tuple(f"{name}@example.org" for name in ("sam", "ann", "ben", "hal", "eve", "fay", "ida", "joe", "maria"))
SAM, HAL, MARIA = 0, 3, 8
DELEGATE = "gil@example.org"  # decides on Hal's behalf, and is no reviewer
_LEGAL, _FINANCE, _BOARD = frozenset({1, 2, HAL}), frozenset({4, 5}), frozenset({2, 6, 7})


@dataclass(frozen=True, slots=True)
class StagedPolicy:
    """A policy of killed.yaml in the model's terms."""

    names: tuple[str, ...]  # of its stages
    rules: Rules
    reminders: int = 0


POLICIES = {  # by path prefix
    "staged": StagedPolicy(("legal", "finance"), Rules(((Part(1, _LEGAL),), (Part("all", _FINANCE),)))),
    "board": StagedPolicy(
        ("departments", "board"),
        Rules(((Part(2, _LEGAL), Part(1, _FINANCE)), (Part(2, _BOARD),)), reject_veto=False, may_change_mind=True),
        reminders=1,
    ),
    "slow": StagedPolicy(
        ("legal", "finance"), Rules(((Part(2, _LEGAL),), (Part(1, _FINANCE),)), escalates_to=(MARIA,)), reminders=2
    ),
}

Batch = tuple[Step, ...]  # steps made at once, after all earlier batches took effect; an Escalate is waited for
BEGUN: Log = (Open(), Inspect())


@dataclass(slots=True)
class Plan:
    """Batches until the review is decided, or until nobody does anything more.

    `early` and `refused` are sent beside the batch of that number. An early decision is of a later stage: it counts
    when it is sent again with its own batch. A refused one never counts.
    """

    policy: str
    batches: list[Batch] = field(default_factory=list)
    early: dict[int, Decide] = field(default_factory=dict)
    refused: dict[int, Decide] = field(default_factory=dict)

    @property
    def staged_policy(self) -> StagedPolicy:
        """The policy of the document."""
        return POLICIES[self.policy]

    def log(self, batches: int | None = None) -> list[Step]:
        """Return the log after so many batches, or after all; a review left open expires at last."""
        log = [*BEGUN, *(step for batch in self.batches[:batches] for step in batch)]
        over = batches is not None or model.verdict(log, self.staged_policy.rules)
        return log if over else [*log, Expire()]

    def stage(self, batches: int) -> int:
        """Return the number of the stage that is open after so many batches."""
        return model.open_stage(self.log(batches), self.staged_policy.rules)[0]

    def stages_asked(self) -> list[str]:
        """Name the stages whose reviewers are asked: those open after some batch while nothing is decided."""
        awaited = (number for number in range(len(self.batches) + 1) if not self.decided(number))
        return list(dict.fromkeys(self.staged_policy.names[self.stage(number)] for number in awaited))

    def outcome(self) -> tuple[str, str | None]:
        """Return how the review must end, and why."""
        log, rules = self.log(), self.staged_policy.rules
        return str(model.outcome([*log, Close()], rules)), model.reason(log, rules)

    def decided(self, batches: int) -> bool:
        """Return whether the review is decided after so many batches."""
        return model.verdict(self.log(batches), self.staged_policy.rules) is not None


def draw_plan(chance: random.Random, policy: str) -> Plan:
    """Draw a plan, the same one for the same state of `chance`."""
    plan, rules, ids = Plan(policy), POLICIES[policy].rules, count(1)
    log = list(BEGUN)
    while model.verdict(log, rules) is None and (batch := _next_batch(chance, log, rules, ids)):
        plan.batches.append(batch)
        log += batch
    _add_early_decision(chance, plan)
    for number in range(len(plan.batches) + 1):
        if chance.random() < 0.25:
            plan.refused[number] = _refused_decision(chance, plan.log(number), rules, next(ids))
    return plan


def _next_batch(chance: random.Random, log: Log, rules: Rules, ids: count[int]) -> Batch:
    roll = chance.random()
    if roll < 0.05:
        return ()
    if roll < 0.09:
        return (Withdraw(),)
    if roll < 0.13:
        return (Supersede(),)
    if roll < 0.45 and rules.escalates_to and Escalate() not in log:
        return (Escalate(),)
    while True:
        batch = _decisions(chance, log, rules, ids)
        if _same_in_any_order(batch, log, rules):
            return batch


def _decisions(chance: random.Random, log: Log, rules: Rules, ids: count[int]) -> Batch:
    stage = model.in_force(log, rules).stages[model.open_stage(log, rules)[0]]
    people = [person for person in range(1, len(PEOPLE)) if model.admits(stage, person)]
    deciders = chance.sample(people, min(chance.choice([1, 1, 2, 3]), len(people)))
    return tuple(_decision(person, next(ids), approves=chance.random() < 0.8) for person in deciders)


def _decision(person: int, number: int, *, approves: bool) -> Decide:
    return Decide(number, Body(number, person, approves=approves))


def _same_in_any_order(batch: Batch, log: Log, rules: Rules) -> bool:
    """Return whether all steps take effect and the result is the same, whatever their order."""
    ends: set[tuple[str | None, int, str | None]] = set()
    for order in permutations(batch):
        now = list(log)
        for step in order:
            if not model.takes_effect(now, step, rules):
                return False
            now.append(step)
        ends.add((model.verdict(now, rules), model.open_stage(now, rules)[0], model.reason(now, rules)))
    return len(ends) == 1


def _add_early_decision(chance: random.Random, plan: Plan) -> None:
    """Perhaps let a reviewer of the second stage send their decision during the first one, too.

    The broker delivers it again, so it may count as soon as its stage opens, before the reviewers are asked. Therefore
    it is the first of its stage and does not end it: else nobody would be asked. It is never Maria's: the review may
    have been escalated to her in the first stage.
    """
    rules = plan.staged_policy.rules
    own = next((number for number in range(len(plan.batches)) if plan.stage(number)), 0)
    first = plan.batches[own][0] if own else None
    if not isinstance(first, Decide) or first.body.person == MARIA or chance.random() < 0.5:
        return
    opened = [*plan.log(own), first]
    ends = model.verdict(opened, rules) or model.open_stage(opened, rules)[0] != plan.stage(own)
    if not ends and all(model.answer(plan.log(done), first, rules) == "stage_not_open" for done in range(own)):
        plan.early[chance.randrange(own)] = first


def _refused_decision(chance: random.Random, log: Log, rules: Rules, number: int) -> Decide:
    """Draw a decision of the submitter, or of a person who has decided (Hal himself if Gil has on his behalf)."""
    decided = [] if rules.may_change_mind else [step.body.person for step in model.decisions(log)]
    return _decision(chance.choice([SAM, *decided]), number, approves=chance.random() < 0.5)
