"""Whatever contradicts what must have come of a planned review, as ledger, answers and requests tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local.stack.ledger_reader import Row
from local.stack.messages import Message
from local.stack.reviews import Ending
from local.stack.running import Stack
from tests.model import review_model as model
from tests.model.review_model import (
    Close,
    Decide,
    Escalate,
    Expire,
    Inspect,
    Open,
    Remind,
    Rules,
    Step,
    Supersede,
    Withdraw,
)
from tests.model.staged_plans import HAL, PEOPLE, Staged
from tests.model.staged_review import StagedReview

Answers = Mapping[str, set[str]]  # by id of the message

_STEPS: Mapping[str, Step] = {
    "review_opened": Open(),
    "document_inspected": Inspect(),
    "review_escalated": Escalate(),
    "deadline_passed": Expire(),
    "review_withdrawn": Withdraw(),
    "document_superseded": Supersede(),
    "review_closed": Close(),
}


@dataclass(frozen=True, slots=True)
class StagedOutcome:
    """A review that is over, with all that was answered and asked because of it."""

    review: StagedReview
    decisions: list[Row]
    audit: list[Row]
    answers: Answers
    asked: list[Message]

    @classmethod
    def of(cls, review: StagedReview, stack: Stack, answers: Answers, asked: list[Message]) -> StagedOutcome:
        """As it is found in the stack."""
        review_id = review.version.review_id
        mine = [message for message in asked if message.json()["reviewId"] == review_id]
        return cls(review, stack.ledger.decisions(review_id), stack.ledger.audit(review_id), answers, mine)

    @property
    def ending(self) -> Ending:
        """How it must have ended by its plan; of decisions made at once the ledger may say which came first."""
        outcome, reason = self.review.plan.outcome()
        said = [(row["reviewer"], row["verdict"]) for row in self.decisions]
        match outcome:
            case "approved":
                return self.review.version.published(*said)
            case "superseded":
                return self.review.version.superseded(*said)
            case _:
                return self.review.version.archived(outcome, *said, reason=reason)

    def contradictions(self) -> list[str]:
        """Empty when all is as it must be."""
        if counted := list(self._in_decisions()):
            return counted
        return [*self._in_history(), *self._in_answers(), *self._in_requests()]

    def _in_decisions(self) -> Iterator[str]:
        """All that was to count has counted, once, in the place of the one whose it is; and nothing else has."""
        planned = [
            (self.review.message(step), PEOPLE[HAL] if step.said.person == HAL else None)
            for step in model.counted(self.review.plan.log())
        ]
        expected = Counter((said["decisionId"], said["reviewer"], said["decision"], of) for said, of in planned)
        columns = ("decisionId", "reviewer", "verdict", "onBehalfOf")
        counted = Counter(tuple(row.get(column) for column in columns) for row in self.decisions)
        if counted != expected:
            yield f"counted: {counted}, planned: {expected}"

    def _in_history(self) -> Iterator[str]:
        """Every record tells of a step that changes something by the model's rules: nobody is reminded too late."""
        rules, log = self._staged.rules, list[Step]()
        for row, step in zip(self.audit, self._steps(), strict=True):
            open_stage = self._staged.names[model.open_stage(log, rules)[0]] if _is_open(log, rules) else None
            if row["event"] == "stage_opened" and row["detail"] != open_stage:
                yield f"the stage {row['detail']} was opened after {log}"
            if step and not model.takes_effect(log, step, rules):
                yield f"{step} was recorded after {log}"
            log += [step] if step else []
        if model.outcome(log, rules) != self.review.plan.outcome()[0]:
            yield f"recorded: {log}, planned: {self.review.plan.outcome()}"

    def _in_answers(self) -> Iterator[str]:
        """What counts was recorded under one message and a duplicate under the others; the rest was refused."""
        planned, early = self.review.plan.log(), self.review.plan.early.values()
        for step, messages in self.review.sent.items():
            told = [self.answers[message] for message in messages]
            if isinstance(step, Withdraw):
                right = all(answers == {"recorded"} for answers in told)
            elif step in planned:
                before = {"stage_not_open"} if step in early else set[str]()
                heard = [answers - before for answers in told if answers != before]
                right = sorted(heard, key=str) == [{"duplicate"}] * (len(heard) - 1) + [{"recorded"}]
            else:
                right = set().union(*told) <= self._refusals(step) - {"recorded"}
            if not right:
                yield f"{step} was answered {told}"

    def _in_requests(self) -> Iterator[str]:
        """Each stage was asked, in their order, and each round that is recorded has one message id and no other has."""
        stages = dict.fromkeys((message.message_id, message.json()["stage"]) for message in self._of_round("request"))
        if [stage for _, stage in stages] != self.review.plan.stages_asked():
            yield f"asked were {stages}, planned {self.review.plan.stages_asked()}"
        kinds = Counter(type(step) for step in self._steps())
        for round_name, kind in (("reminder", Remind), ("escalation", Escalate)):
            ids = {message.message_id for message in self._of_round(round_name)}
            if len(ids) > kinds[kind]:
                yield f"of {kinds[kind]} there are {ids}"

    def _of_round(self, name: str) -> list[Message]:
        return [message for message in self.asked if message.json()["round"] == name]

    @property
    def _staged(self) -> Staged:
        return self.review.plan.staged

    def _steps(self) -> list[Step | None]:
        """What each record tells of; None: nothing that the model knows."""
        steps, rows = list[Step | None](), iter(self.decisions)
        said = {self.review.decision_id(step): step for step in self.review.sent if isinstance(step, Decide)}
        for row in self.audit:
            match row["event"]:
                case "decision_recorded":
                    steps.append(said[next(rows)["decisionId"]])
                case "reviewers_reminded":
                    steps.append(Remind(int(row["detail"].removeprefix("reminder "))))
                case event:
                    steps.append(_STEPS.get(event))
        return steps

    def _refusals(self, refused: Decide) -> set[str | None]:
        """Any answer that it can have got from when it was sent to the end."""
        plan, log = self.review.plan, [step for step in self._steps() if step]
        before = plan.log(next(number for number, step in plan.refused.items() if step == refused))
        first = next(length for length in range(len(log) + 1) if set(before) <= set(log[:length]))
        return {model.answer(log[:length], refused, plan.staged.rules) for length in range(first, len(log) + 1)}


def _is_open(log: list[Step], rules: Rules) -> bool:
    return model.state(log, rules) == "open"
