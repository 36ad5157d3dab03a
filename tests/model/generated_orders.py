"""Generated stories of one document each: who says what, in which order, what comes twice, at once or too late."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import permutations

from tests.model import review_model as model
from tests.model.review_model import Close, Decide, Inspect, Log, Open, Part, Rules, Said, Step, Supersede, Withdraw

PEOPLE = ("sam@example.org", "ann@example.org", "ben@example.org", "eve@example.org")
POLICIES = {  # of policies.yaml, by path prefix
    "default": Rules(),
    "pair": Rules(stages=((Part(2),),)),
    "named": Rules(stages=((Part(2, frozenset({1, 2, 3})),),), comment_required_on_reject=True),
}

SECOND = 1_000_000  # microseconds
LONG_AFTER = 3600 * SECOND

Message = Decide | Withdraw
Burst = tuple[Step, ...]  # what happens at once, in any order
Answers = dict[Message, list[str]]  # by message, one for each time it was delivered


@dataclass(slots=True)
class Story:
    """What happens to one document version, and all that it can have come to by what is known so far."""

    policy: str
    before: list[Burst]
    around: list[Message]  # each at its own second around the deadline
    after: list[Burst]
    logs: list[tuple[Step, ...]] = field(default_factory=lambda: [(Open(), Inspect())])
    contested: bool = False  # overwritten while it was decided: the move may have found other bytes

    @property
    def rules(self) -> Rules:
        """The policy as the model has it."""
        return POLICIES[self.policy]

    is_open: bool = True

    def saw(self, burst: Burst, answers: Answers, is_open: bool | None) -> None:
        """Keep the logs that give these answers in some order, and leave the review open or not (None: unknown).

        Raises AssertionError when there is none.
        """
        possible = {
            after
            for log in self.logs
            for order in permutations(burst)
            if (after := self._after(log, order, answers)) is not None
            and is_open in (None, model.state(after, self.rules) == "open")
        }
        assert possible, f"{self.policy}: no order of {burst} gives {answers}, open: {is_open}; before: {self.logs}"
        self.logs = sorted(possible, key=repr)
        if is_open is False and self.is_open:
            self.is_open, self.contested = False, Supersede() in burst and len(burst) > 1

    def endings(self) -> list[tuple[str, list[Decide]]]:
        """Outcomes that are possible, each with the decisions that were counted."""
        closings = [Close(), Close(prevented="superseded")] if self.contested else [Close()]
        return [
            (str(model.outcome([*log, closing], self.rules)), model.counted(log))
            for log in self.logs
            for closing in closings
        ]

    def _after(self, log: Log, order: Iterable[Step], answers: Answers) -> tuple[Step, ...] | None:
        now, told = list(log), {message: list[str]() for message in answers}
        for step in order:
            if isinstance(step, Message):
                told[step].append(str(model.answer(now, step, self.rules)))
            if model.takes_effect(now, step, self.rules):
                now.append(step)
        same = all(sorted(told[message]) == sorted(answers[message]) for message in answers)
        return tuple(now) if same else None


def stories(seed: int, count: int) -> list[Story]:
    """The same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 tests, not secrets
    return [_story(chance) for _ in range(count)]


def _story(chance: random.Random) -> Story:
    policy = chance.choice(["default", "pair", "pair", "named"])
    words = [_said(chance, number) for number in range(chance.randint(1, 4))]
    sent: list[Message] = []

    def message(after_deadline: int) -> Message:
        if sent and chance.random() < 0.2:
            repeated = chance.choice(sent)  # the broker delivers it again: its enqueued time stays
            if (repeated.after_deadline > 0) == (after_deadline > 0):
                return repeated
        if chance.random() < 0.1:
            made: Message = Withdraw(chance.choice([0, 0, 1]), after_deadline)
        else:
            made = Decide(len(sent), chance.choice(words), after_deadline)
        sent.append(made)
        return made

    def bursts(most: int, after_deadline: int) -> list[Burst]:
        made: list[Burst] = []
        for _ in range(chance.randint(0, most)):
            burst: list[Step] = [message(after_deadline) for _ in range(chance.choice([1, 1, 2, 3]))]
            if chance.random() < 0.12:
                burst.insert(0, Supersede())
            made.append(tuple(burst))
        return made

    before = bursts(3, -LONG_AFTER)
    seconds = sorted(chance.sample(range(-3, 4), chance.randint(0, 3)))
    around = [message(second * SECOND) for second in seconds]
    return Story(policy, before, around, bursts(2, LONG_AFTER))


def _said(chance: random.Random, number: int) -> Said:
    return Said(
        decision_id=number if chance.random() < 0.85 else 0,
        person=chance.choice([0, 1, 1, 2, 2, 3, 3]),
        spelling=chance.randint(0, 1),
        approves=chance.random() < 0.75,
        version=chance.choice(["unnamed", "right", "right", "wrong"]) if chance.random() < 0.5 else "unnamed",
        comment=chance.random() < 0.5,
    )
