"""What is to happen to one document in stages, so drawn that its end is known whatever comes first of a burst."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import count, permutations

from tests.model import review_model as model
from tests.model.review_model import (
    Close,
    Decide,
    Escalate,
    Expire,
    Inspect,
    Log,
    Open,
    Part,
    Rules,
    Said,
    Step,
    Supersede,
    Withdraw,
)

PEOPLE = tuple(f"{name}@example.org" for name in ("sam", "ann", "ben", "hal", "eve", "fay", "ida", "joe", "maria"))
SAM, HAL, MARIA = 0, 3, 8
STAND_IN = "gil@example.org"  # decides in Hal's place, and is no reviewer
_LEGAL, _FINANCE, _BOARD = frozenset({1, 2, HAL}), frozenset({4, 5}), frozenset({2, 6, 7})


@dataclass(frozen=True, slots=True)
class Staged:
    """A policy of killed.yaml, as the model has it."""

    names: tuple[str, ...]  # of its stages
    rules: Rules
    reminders: int = 0


POLICIES = {  # by path prefix
    "staged": Staged(("legal", "finance"), Rules(((Part(1, _LEGAL),), (Part("all", _FINANCE),)))),
    "board": Staged(
        ("departments", "board"),
        Rules(((Part(2, _LEGAL), Part(1, _FINANCE)), (Part(2, _BOARD),)), reject_veto=False, may_change_mind=True),
        reminders=1,
    ),
    "slow": Staged(
        ("legal", "finance"), Rules(((Part(2, _LEGAL),), (Part(1, _FINANCE),)), escalates_to=(MARIA,)), reminders=2
    ),
}

Burst = tuple[Step, ...]  # what happens at once, after all that was before; an Escalate is waited for
BEGUN: Log = (Open(), Inspect())


@dataclass(slots=True)
class Plan:
    """Bursts until the review is decided, or until nobody says a word more.

    `early` and `refused` are sent beside the burst of that number: those are of a later stage, and count where they are
    sent again with their own burst; these count nowhere.
    """

    policy: str
    bursts: list[Burst] = field(default_factory=list)
    early: dict[int, Decide] = field(default_factory=dict)
    refused: dict[int, Decide] = field(default_factory=dict)

    @property
    def staged(self) -> Staged:
        """The policy that it is planned for."""
        return POLICIES[self.policy]

    def log(self, bursts: int | None = None) -> list[Step]:
        """What has happened after so many bursts, or after all; a review left open expires at last."""
        log = [*BEGUN, *(step for burst in self.bursts[:bursts] for step in burst)]
        over = bursts is not None or model.verdict(log, self.staged.rules)
        return log if over else [*log, Expire()]

    def stage(self, bursts: int) -> int:
        """Which stage is open after so many bursts."""
        return model.open_stage(self.log(bursts), self.staged.rules)[0]

    def stages_asked(self) -> list[str]:
        """The stages that were open when somebody was awaited."""
        awaited = (number for number in range(len(self.bursts) + 1) if not self.decided(number))
        return list(dict.fromkeys(self.staged.names[self.stage(number)] for number in awaited))

    def outcome(self) -> tuple[str, str | None]:
        """How the review must end, and why."""
        log, rules = self.log(), self.staged.rules
        return str(model.outcome([*log, Close()], rules)), model.reason(log, rules)

    def decided(self, bursts: int) -> bool:
        """Whether nothing more can count after so many bursts."""
        return model.verdict(self.log(bursts), self.staged.rules) is not None


def drawn_plan(chance: random.Random, policy: str) -> Plan:
    """The same one for the same state of `chance`."""
    plan, rules, ids = Plan(policy), POLICIES[policy].rules, count(1)
    log = list(BEGUN)
    while model.verdict(log, rules) is None and (burst := _next(chance, log, rules, ids)):
        plan.bursts.append(burst)
        log += burst
    _come_too_early(chance, plan)
    for number in range(len(plan.bursts) + 1):
        if chance.random() < 0.25:
            plan.refused[number] = _refused(chance, plan.log(number), rules, next(ids))
    return plan


def _next(chance: random.Random, log: Log, rules: Rules, ids: count[int]) -> Burst:
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
        burst = _decisions(chance, log, rules, ids)
        if _the_same_in_any_order(burst, log, rules):
            return burst


def _decisions(chance: random.Random, log: Log, rules: Rules, ids: count[int]) -> Burst:
    stage = model.in_force(log, rules).stages[model.open_stage(log, rules)[0]]
    people = [person for person in range(1, len(PEOPLE)) if model.admits(stage, person)]
    speakers = chance.sample(people, min(chance.choice([1, 1, 2, 3]), len(people)))
    return tuple(_says(person, next(ids), approves=chance.random() < 0.8) for person in speakers)


def _says(person: int, number: int, *, approves: bool) -> Decide:
    return Decide(number, Said(number, person, approves=approves))


def _the_same_in_any_order(burst: Burst, log: Log, rules: Rules) -> bool:
    """Whether all of it takes effect, and comes to the same, whatever comes first."""
    ends: set[tuple[str | None, int, str | None]] = set()
    for order in permutations(burst):
        now = list(log)
        for step in order:
            if not model.takes_effect(now, step, rules):
                return False
            now.append(step)
        ends.add((model.verdict(now, rules), model.open_stage(now, rules)[0], model.reason(now, rules)))
    return len(ends) == 1


def _come_too_early(chance: random.Random, plan: Plan) -> None:
    """Somebody of the second stage may decide during the first one, too.

    A message that the broker delivers again may count as soon as the stage opens, before its people are asked. So it is
    among the first of its stage, and does not end it, for then they would not be asked. Nor is it Maria's, who may have
    been escalated to in the first stage already.
    """
    rules = plan.staged.rules
    own = next((number for number in range(len(plan.bursts)) if plan.stage(number)), 0)
    first = plan.bursts[own][0] if own else None
    if not isinstance(first, Decide) or first.said.person == MARIA or chance.random() < 0.5:
        return
    opened = [*plan.log(own), first]
    ends = model.verdict(opened, rules) or model.open_stage(opened, rules)[0] != plan.stage(own)
    if not ends and all(model.answer(plan.log(done), first, rules) == "stage_not_open" for done in range(own)):
        plan.early[chance.randrange(own)] = first


def _refused(chance: random.Random, log: Log, rules: Rules, number: int) -> Decide:
    """By the submitter, or by somebody who has decided (Hal himself, where it was done in his place)."""
    decided = [] if rules.may_change_mind else [step.said.person for step in model.counted(log)]
    return _says(chance.choice([SAM, *decided]), number, approves=chance.random() < 0.5)
