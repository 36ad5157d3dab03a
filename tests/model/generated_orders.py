"""Generated orders of messages about one document each: some come twice, some at once, some too late."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import permutations

from tests.model import review_model as model
from tests.model.steps import Body, Close, Decide, Inspect, Log, Open, Part, Rules, Step, Supersede, Withdraw

PEOPLE = ("sam@example.org", "ann@example.org", "ben@example.org", "eve@example.org")
POLICIES = {  # of policies.yaml, by path prefix
    "default": Rules(),
    "pair": Rules(stages=((Part(2),),)),
    "named": Rules(stages=((Part(2, frozenset({1, 2, 3})),),), comment_required_on_reject=True),
}

SECOND = 1_000_000  # microseconds
LONG_AFTER = 3600 * SECOND

Message = Decide | Withdraw
Batch = tuple[Step, ...]  # steps made at once, which take effect in any order
Answers = dict[Message, list[str]]  # by message, one for each time it was delivered


@dataclass(slots=True)
class GeneratedOrder:
    """The steps to make with one document version, and every log that fits the answers seen so far."""

    policy: str
    before: list[Batch]
    around: list[Message]  # each in a second of its own around the deadline
    after: list[Batch]
    logs: list[tuple[Step, ...]] = field(default_factory=lambda: [(Open(), Inspect())])
    is_open: bool = True
    contested: bool = False  # overwritten and decided at once: the move may have found other bytes

    @property
    def rules(self) -> Rules:
        """The policy in the model's terms."""
        return POLICIES[self.policy]

    def keep_fitting_logs(self, batch: Batch, answers: Answers, is_open: bool | None) -> None:
        """Extend the logs by the batch, in each order that gives these answers and leaves the review open or not.

        `is_open` is None if it is not known. Raises AssertionError if no log fits.
        """
        possible = {
            after
            for log in self.logs
            for order in permutations(batch)
            if (after := self._after(log, order, answers)) is not None
            and is_open in (None, model.state(after, self.rules) == "open")
        }
        assert possible, f"{self.policy}: no order of {batch} gives {answers}, open: {is_open}; before: {self.logs}"
        self.logs = sorted(possible, key=repr)
        if is_open is False and self.is_open:
            self.is_open, self.contested = False, Supersede() in batch and len(batch) > 1

    def endings(self) -> list[tuple[str, list[Decide]]]:
        """List the outcomes that are possible, each with the decisions that were counted."""
        closings = [Close(), Close(prevented="superseded")] if self.contested else [Close()]
        return [
            (str(model.outcome([*log, closing], self.rules)), model.decisions(log))
            for log in self.logs
            for closing in closings
        ]

    def _after(self, log: Log, order: Iterable[Step], answers: Answers) -> tuple[Step, ...] | None:
        now, given = list(log), {message: list[str]() for message in answers}
        for step in order:
            if isinstance(step, Message):
                given[step].append(str(model.answer(now, step, self.rules)))
            if model.takes_effect(now, step, self.rules):
                now.append(step)
        same = all(sorted(given[message]) == sorted(answers[message]) for message in answers)
        return tuple(now) if same else None


def generate_orders(seed: int, count: int) -> list[GeneratedOrder]:
    """Generate orders, the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 tests, not secrets
    return [_order(chance) for _ in range(count)]


def _order(chance: random.Random) -> GeneratedOrder:
    policy = chance.choice(["default", "pair", "pair", "named"])
    bodies = [_body(chance, number) for number in range(chance.randint(1, 4))]
    sent: list[Message] = []

    def message(after_deadline: int) -> Message:
        if sent and chance.random() < 0.2:
            repeated = chance.choice(sent)  # the broker delivers it again: its enqueued time stays
            if (repeated.after_deadline > 0) == (after_deadline > 0):
                return repeated
        if chance.random() < 0.1:
            new: Message = Withdraw(chance.choice([0, 0, 1]), after_deadline)
        else:
            new = Decide(len(sent), chance.choice(bodies), after_deadline)
        sent.append(new)
        return new

    def batches(most: int, after_deadline: int) -> list[Batch]:
        drawn: list[Batch] = []
        for _ in range(chance.randint(0, most)):
            batch: list[Step] = [message(after_deadline) for _ in range(chance.choice([1, 1, 2, 3]))]
            if chance.random() < 0.12:
                batch.insert(0, Supersede())
            drawn.append(tuple(batch))
        return drawn

    before = batches(3, -LONG_AFTER)
    seconds = sorted(chance.sample(range(-3, 4), chance.randint(0, 3)))
    around = [message(second * SECOND) for second in seconds]
    return GeneratedOrder(policy, before, around, batches(2, LONG_AFTER))


def _body(chance: random.Random, number: int) -> Body:
    return Body(
        decision_id=number if chance.random() < 0.85 else 0,
        person=chance.choice([0, 1, 1, 2, 2, 3, 3]),
        spelling=chance.randint(0, 1),
        approves=chance.random() < 0.75,
        version=chance.choice(["unnamed", "right", "right", "wrong"]) if chance.random() < 0.5 else "unnamed",
        comment=chance.random() < 0.5,
    )
