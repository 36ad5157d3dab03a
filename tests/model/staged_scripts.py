"""Scripts of reviews in stages: each follows its plan while the host is killed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.e2e.kill.reconnecting import PeekingReceiver
from tests.e2e.submitting import Submitted
from tests.model import review_model as model
from tests.model.staged_plans import DELEGATE, HAL, PEOPLE, SAM, Batch, Plan, draw_plan
from tests.model.steps import Decide, Escalate, Supersede, Withdraw
from tests.model.user_scripts import Script, UserScripts, Waiting


@dataclass(slots=True)
class StagedReview:
    """One document version, the plan for it, and the ids of the messages that were sent for each step."""

    plan: Plan
    version: Submitted
    sent: dict[Decide | Withdraw, list[str]] = field(default_factory=dict)

    @property
    def may_be_refused(self) -> list[str]:
        """The ids of messages that may be refused."""
        steps = (*self.plan.early.values(), *self.plan.refused.values())
        return [message for step in steps for message in self.sent.get(step, [])]

    def decision_id(self, step: Decide) -> str:
        """Return an id that no other review on the stack uses."""
        return f"{self.version.review_id[:20]}-{step.body.decision_id}"

    def message(self, step: Decide | Withdraw) -> dict[str, Any]:
        """Build the content of the message for a step."""
        review_id = self.version.review_id
        if isinstance(step, Withdraw):
            return {"type": "ReviewWithdrawnV1", "reviewId": review_id, "by": PEOPLE[SAM], "reason": "too early"}
        on_behalf_of_hal = step.body.person == HAL and step not in self.plan.refused.values()
        return {
            "reviewId": review_id,
            "decisionId": self.decision_id(step),
            "decision": "approve" if step.body.approves else "reject",
            "reviewer": DELEGATE if on_behalf_of_hal else PEOPLE[step.body.person],
        }


@dataclass(slots=True)
class StagedScripts:
    """The scripts of reviews in stages on one stack, with the same plans for the same seed."""

    users: UserScripts
    requests: PeekingReceiver
    seed: int
    delegations: list[str] = field(default_factory=list)  # ids of messages
    reviews: list[StagedReview] = field(default_factory=list)

    def delegate_for_hal(self, now: datetime) -> Script:
        """Hal delegates to Gil for longer than the test takes. Gil decides nothing before that is recorded."""
        moments = {"from": now.isoformat(), "until": (now + timedelta(days=300)).isoformat()}
        delegation = {"type": "DelegationV1", "by": PEOPLE[HAL], "to": DELEGATE, **moments}
        self.delegations.append(self.users.sender.send(delegation))
        yield Waiting.FOR_OTHERS

    def follow_plan(self, name: str, policy: str, number: int = 1) -> Script:
        """Submit a version and follow the plan drawn for it; if it is overwritten, follow the next version's too."""
        chance = random.Random(f"{self.seed} {name} {number}")  # noqa: S311 no secret
        review = StagedReview(draw_plan(chance, policy), self.users.upload(name))
        self.reviews.append(review)
        for done, batch in enumerate(review.plan.batches):
            while not self._recorded(review, done) or not self._asked(review, done):
                yield Waiting.FOR_OTHERS
            self._send_uncounted(review, done)
            if batch == (Escalate(),):
                while not self._stages_told(review, "escalation"):
                    yield Waiting.FOR_THE_CLOCK
            elif batch == (Supersede(),):
                yield from self.follow_plan(name, policy, number + 1)
            else:
                yield from self._send_batch(review, batch, chance)
        while not self._recorded(review, len(review.plan.batches)):
            yield Waiting.FOR_OTHERS
        self._send_uncounted(review, len(review.plan.batches))

    def _recorded(self, review: StagedReview, done: int) -> bool:
        """Return whether so many batches have been recorded."""
        head = self.users.stack.ledger.head(review.version.review_id)
        if head is None or head["lastSeq"] < len(model.decisions(review.plan.log(done))):
            return False
        return head["state"] != "open" or not review.plan.decided(done)

    def _asked(self, review: StagedReview, done: int) -> bool:
        stage = review.plan.staged_policy.names[review.plan.stage(done)]
        return stage in self._stages_told(review, "request")

    def _stages_told(self, review: StagedReview, round_name: str) -> list[str]:
        key, contents = (review.version.review_id, round_name), (each.content for each in self.requests.peek())
        return [content["stage"] for content in contents if (content["reviewId"], content["round"]) == key]

    def _send_uncounted(self, review: StagedReview, done: int) -> None:
        """Send what comes too early or is refused after so many batches."""
        for step in (review.plan.early.get(done), review.plan.refused.get(done)):
            if step:
                self._send(review, step)

    def _send_batch(self, review: StagedReview, batch: Batch, chance: random.Random) -> Script:
        """Send all messages at once; some clients send twice."""
        if any(isinstance(step, Decide) and step.body.person == HAL for step in batch):
            while not self.users.stack.ledger.delegations_to(DELEGATE):
                yield Waiting.FOR_OTHERS
        for step in batch:
            if isinstance(step, Decide | Withdraw):
                for _ in range(chance.choice([1, 1, 1, 2])):
                    self._send(review, step)

    def _send(self, review: StagedReview, step: Decide | Withdraw) -> None:
        message = self.users.sender.send(review.message(step))
        review.sent.setdefault(step, []).append(message)
