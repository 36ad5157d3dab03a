"""What in the ledger, the answers and the requests contradicts the plan of a review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local.stack.ledger_reader import Row
from local.stack.messages import Message
from local.stack.reviews import Ending
from local.stack.running import Stack
from tests.model import review_model as model
from tests.model.staged_plans import HAL, PEOPLE, StagedPolicy
from tests.model.staged_scripts import StagedReview
from tests.model.steps import (
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
    """A review that is over, with all answers and all requests to reviewers."""

    review: StagedReview
    decisions: list[Row]
    audit: list[Row]
    answers: Answers
    asked: list[Message]

    @classmethod
    def of(cls, review: StagedReview, stack: Stack, answers: Answers, asked: list[Message]) -> StagedOutcome:
        """Read the outcome from the stack."""
        review_id = review.version.review_id
        mine = [message for message in asked if message.json()["reviewId"] == review_id]
        return cls(review, stack.ledger.decisions(review_id), stack.ledger.audit(review_id), answers, mine)

    @property
    def ending(self) -> Ending:
        """The ending by the plan, with the decisions in the order in which the ledger has them."""
        outcome, reason = self.review.plan.outcome()
        decisions = [(row["reviewer"], row["verdict"]) for row in self.decisions]
        match outcome:
            case "approved":
                return self.review.version.published(*decisions)
            case "superseded":
                return self.review.version.superseded(*decisions)
            case _:
                return self.review.version.archived(outcome, *decisions, reason=reason)

    def contradictions(self) -> list[str]:
        """List the contradictions; empty if there are none."""
        if found := list(self._in_decisions()):
            return found
        return [*self._in_history(), *self._in_answers(), *self._in_requests()]

    def _in_decisions(self) -> Iterator[str]:
        """Check that the planned decisions were counted, once, on behalf of the right person; and no others."""
        planned = [
            (self.review.message(step), PEOPLE[HAL] if step.body.person == HAL else None)
            for step in model.decisions(self.review.plan.log())
        ]
        expected = Counter((sent["decisionId"], sent["reviewer"], sent["decision"], of) for sent, of in planned)
        columns = ("decisionId", "reviewer", "verdict", "onBehalfOf")
        counted = Counter(tuple(row.get(column) for column in columns) for row in self.decisions)
        if counted != expected:
            yield f"counted: {counted}, planned: {expected}"

    def _in_history(self) -> Iterator[str]:
        """Check that every record is of a step that takes effect by the model's rules."""
        rules, log = self._policy.rules, list[Step]()
        for row, step in zip(self.audit, self._steps(), strict=True):
            open_stage = self._policy.names[model.open_stage(log, rules)[0]] if _is_open(log, rules) else None
            if row["event"] == "stage_opened" and row["detail"] != open_stage:
                yield f"the stage {row['detail']} was opened after {log}"
            if step and not model.takes_effect(log, step, rules):
                yield f"{step} was recorded after {log}"
            log += [step] if step else []
        if model.outcome(log, rules) != self.review.plan.outcome()[0]:
            yield f"recorded: {log}, planned: {self.review.plan.outcome()}"

    def _in_answers(self) -> Iterator[str]:
        """Check that a counted step was recorded once and else a duplicate, and that the others were refused."""
        planned, early = self.review.plan.log(), self.review.plan.early.values()
        for step, messages in self.review.sent.items():
            answers = [self.answers[message] for message in messages]
            if isinstance(step, Withdraw):
                right = all(each == {"recorded"} for each in answers)
            elif step in planned:
                before = {"stage_not_open"} if step in early else set[str]()
                final = [each - before for each in answers if each != before]
                right = sorted(final, key=str) == [{"duplicate"}] * (len(final) - 1) + [{"recorded"}]
            else:
                right = set().union(*answers) <= self._refusals(step) - {"recorded"}
            if not right:
                yield f"{step} was answered {answers}"

    def _in_requests(self) -> Iterator[str]:
        """Check that the stages were asked in their order, and that each other round has a record."""
        stages = dict.fromkeys((message.message_id, message.json()["stage"]) for message in self._of_round("request"))
        if [stage for _, stage in stages] != self.review.plan.stages_asked():
            yield f"asked were {stages}, planned {self.review.plan.stages_asked()}"
        kinds = Counter(type(step) for step in self._steps())
        for round_name, kind in (("reminder", Remind), ("escalation", Escalate)):
            ids = {message.message_id for message in self._of_round(round_name)}
            if len(ids) > kinds[kind]:
                yield f"{kinds[kind]} of {round_name} recorded, sent: {ids}"

    def _of_round(self, name: str) -> list[Message]:
        return [message for message in self.asked if message.json()["round"] == name]

    @property
    def _policy(self) -> StagedPolicy:
        return self.review.plan.staged_policy

    def _steps(self) -> list[Step | None]:
        """Translate each record to its step, or to None if the model has no such step."""
        steps, rows = list[Step | None](), iter(self.decisions)
        sent = {self.review.decision_id(step): step for step in self.review.sent if isinstance(step, Decide)}
        for row in self.audit:
            match row["event"]:
                case "decision_recorded":
                    steps.append(sent[next(rows)["decisionId"]])
                case "reviewers_reminded":
                    steps.append(Remind(int(row["detail"].removeprefix("reminder "))))
                case event:
                    steps.append(_STEPS.get(event))
        return steps

    def _refusals(self, refused: Decide) -> set[str | None]:
        """Collect the answers that it may have got at any time since it was sent."""
        plan, log = self.review.plan, [step for step in self._steps() if step]
        before = plan.log(next(number for number, step in plan.refused.items() if step == refused))
        first = next(length for length in range(len(log) + 1) if set(before) <= set(log[:length]))
        return {model.answer(log[:length], refused, plan.staged_policy.rules) for length in range(first, len(log) + 1)}


def _is_open(log: list[Step], rules: Rules) -> bool:
    return model.state(log, rules) == "open"
