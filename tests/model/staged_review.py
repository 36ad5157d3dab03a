"""Reviews in stages as their people live through them while the host is killed, each as its plan says."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.e2e.kill.at_least_once import Onlooker
from tests.e2e.submitting import Submitted
from tests.model import review_model as model
from tests.model.office import FOR_THE_CLOCK, Office, Story
from tests.model.review_model import Decide, Escalate, Supersede, Withdraw
from tests.model.staged_plans import HAL, PEOPLE, SAM, STAND_IN, Burst, Plan, drawn_plan


@dataclass(slots=True)
class StagedReview:
    """One document version, the plan for it, and the ids of the messages that were sent for each step."""

    plan: Plan
    version: Submitted
    sent: dict[Decide | Withdraw, list[str]] = field(default_factory=dict)

    @property
    def unwelcome(self) -> list[str]:
        """The ids of messages that may be refused."""
        steps = (*self.plan.early.values(), *self.plan.refused.values())
        return [message for step in steps for message in self.sent.get(step, [])]

    def decision_id(self, step: Decide) -> str:
        """Its own in the whole stack."""
        return f"{self.version.review_id[:20]}-{step.said.decision_id}"

    def message(self, step: Decide | Withdraw) -> dict[str, Any]:
        """What is sent."""
        review_id = self.version.review_id
        if isinstance(step, Withdraw):
            return {"type": "ReviewWithdrawnV1", "reviewId": review_id, "by": PEOPLE[SAM], "reason": "too early"}
        in_place_of_hal = step.said.person == HAL and step not in self.plan.refused.values()
        return {
            "reviewId": review_id,
            "decisionId": self.decision_id(step),
            "decision": "approve" if step.said.approves else "reject",
            "reviewer": STAND_IN if in_place_of_hal else PEOPLE[step.said.person],
        }


@dataclass(slots=True)
class StagedOffice:
    """Documents in stages, in the same office. The same plans for the same seed."""

    office: Office
    requests: Onlooker
    seed: int
    delegations: list[str] = field(default_factory=list)  # ids of messages
    reviews: list[StagedReview] = field(default_factory=list)

    def hal_is_away(self, now: datetime) -> Story:
        """For longer than all this takes. Nobody counts on it before it is recorded."""
        moments = {"from": now.isoformat(), "until": (now + timedelta(days=300)).isoformat()}
        away = {"type": "DelegationV1", "by": PEOPLE[HAL], "to": STAND_IN, **moments}
        self.delegations.append(self.office.sender.send(away))
        yield

    def reviewed(self, name: str, policy: str, number: int = 1) -> Story:
        """What was planned for version `number` happens, and what was planned for the next, where there is one."""
        chance = random.Random(f"{self.seed} {name} {number}")  # noqa: S311 no secret
        review = StagedReview(drawn_plan(chance, policy), self.office.upload(name))
        self.reviews.append(review)
        for done, burst in enumerate(review.plan.bursts):
            while not self._come_to(review, done) or not self._asked(review, done):
                yield
            self._beside(review, done)
            if burst == (Escalate(),):
                while not self._told(review, "escalation"):
                    yield FOR_THE_CLOCK
            elif burst == (Supersede(),):
                yield from self.reviewed(name, policy, number + 1)
            else:
                yield from self._said(review, burst, chance)
        while not self._come_to(review, len(review.plan.bursts)):
            yield
        self._beside(review, len(review.plan.bursts))

    def _come_to(self, review: StagedReview, done: int) -> bool:
        """Whether so many bursts have been recorded."""
        head = self.office.stack.ledger.head(review.version.review_id)
        if head is None or head["lastSeq"] < len(model.counted(review.plan.log(done))):
            return False
        return head["state"] != "open" or not review.plan.decided(done)

    def _asked(self, review: StagedReview, done: int) -> bool:
        return review.plan.staged.names[review.plan.stage(done)] in self._told(review, "request")

    def _told(self, review: StagedReview, round_name: str) -> list[str]:
        about, seen = (review.version.review_id, round_name), (notice.content for notice in self.requests.seen())
        return [content["stage"] for content in seen if (content["reviewId"], content["round"]) == about]

    def _beside(self, review: StagedReview, done: int) -> None:
        """What comes too early, and what is refused."""
        for step in (review.plan.early.get(done), review.plan.refused.get(done)):
            if step:
                self._send(review, step)

    def _said(self, review: StagedReview, burst: Burst, chance: random.Random) -> Story:
        """Everybody at once; some clients send twice."""
        if any(isinstance(step, Decide) and step.said.person == HAL for step in burst):
            while not self.office.stack.ledger.delegations_to(STAND_IN):
                yield
        for step in burst:
            if isinstance(step, Decide | Withdraw):
                for _ in range(chance.choice([1, 1, 1, 2])):
                    self._send(review, step)

    def _send(self, review: StagedReview, step: Decide | Withdraw) -> None:
        message = self.office.sender.send(review.message(step))
        review.sent.setdefault(step, []).append(message)
