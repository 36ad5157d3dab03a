"""A generated order run on a stack, and compared with what came of it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from azure.servicebus import ServiceBusMessage

from local.stack.eventually import eventually
from local.stack.messages import DECISIONS
from local.stack.reviews import Ending, wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from tests.e2e.submitting import Submitted
from tests.model.generated_orders import PEOPLE, Answers, Batch, GeneratedOrder, Message
from tests.model.steps import Decide, Expire, Supersede, Withdraw

OTHER_SHA256 = "5f" * 32


@dataclass(slots=True)
class OrderRun:
    """One order run on a stack. Its decisions are about the first version; nobody decides on newer ones."""

    stack: Stack
    order: GeneratedOrder
    name: str
    etags: list[str] = field(default_factory=list)  # of all versions
    document: Submitted = field(init=False)
    answered: Counter[Message] = field(default_factory=Counter)
    newest: Submitted | None = None  # while it is undecided
    newer: list[Ending] = field(default_factory=list)

    def upload(self) -> None:
        """Upload the next version."""
        content = self._bytes(len(self.etags) + 1)
        self.etags.append(self.stack.documents.upload(self.name, content, {"submitter": PEOPLE[0]}))

    def wait_until_asked(self) -> None:
        """Wait until the reviewers of the first version are asked."""
        self.document = self._opened()
        wait_until_asked(self.stack, self.document.review_id)

    def make(self, batch: Batch) -> None:
        """Make all steps of a batch at once."""
        for step in batch:
            if isinstance(step, Message):
                self._send(step, None)
            elif isinstance(step, Supersede):
                self.upload()

    def check(self, batch: Batch) -> None:
        """Wait for the answers to a batch, and compare them with the model."""
        if Supersede() in batch:
            eventually(lambda: self._state() != "open", f"{self.name} is superseded or decided")
            self._newest_ended("superseded")
            self.newest = self._opened()
        self.order.keep_fitting_logs(batch, self._answers(batch), is_open=self._state() == "open")
        if not self.order.is_open:
            wait_until_finished(self.stack, self.document.review_id)

    def schedule(self) -> None:
        """Schedule the messages around the deadline, each to be enqueued in its second."""
        deadline = datetime.fromisoformat(str(wait_until_asked(self.stack, self.document.review_id)["deadline"]))
        for message in self.order.around:
            at = deadline + timedelta(microseconds=message.after_deadline)
            self._send(message, at.replace(microsecond=at.microsecond // 1000 * 1000))  # as AMQP writes times

    def check_deadline(self) -> None:
        """Compare what happened around the deadline with the model. The deadline has passed."""
        for message in self.order.around:
            self.order.keep_fitting_logs((message,), self._answers((message,)), is_open=None)
        self.check((Expire(),))
        self._newest_ended("expired")

    def contradictions(self) -> list[str]:
        """List what fits no ending that the model allows. Every deadline has passed."""
        self._newest_ended("expired")
        possible = [ending.contradictions(self.stack) for ending in self._endings()]
        newer = [ending.contradictions(self.stack) for ending in self.newer]
        return [f"{self.name}: {each}" for each in chain(min(possible, key=len), *newer)]

    def _endings(self) -> Iterator[Ending]:
        for outcome, decisions in self.order.endings():
            rows = [(_spelled(step), "approve" if step.body.approves else "reject") for step in decisions]
            yield _ending(self.document, outcome, *rows)

    def _newest_ended(self, outcome: str) -> None:
        if self.newest:
            self.newer.append(_ending(self.newest, outcome))
            self.newest = None

    def _opened(self) -> Submitted:
        sha256 = hashlib.sha256(self._bytes(len(self.etags))).hexdigest()
        return Submitted(self.name, sha256, wait_until_open(self.stack, self.name, self.etags[-1]))

    def _answers(self, batch: Batch) -> Answers:
        answers: Answers = {}
        for message, times in Counter(step for step in batch if isinstance(step, Message)).items():
            before = self.answered[message]
            self.answered[message] += times
            all_of_them = self.stack.messages.answers(self._id(message), before + times)
            answers[message] = [each["answer"] for each in all_of_them[before : before + times]]
        return answers

    def _send(self, message: Message, at: datetime | None) -> None:
        body = json.dumps({"reviewId": self.document.review_id, **self._content(message)})
        sent = ServiceBusMessage(body, message_id=self._id(message), scheduled_enqueue_time_utc=at)
        self.stack.messages.put(DECISIONS, sent)

    def _content(self, message: Message) -> dict[str, str]:
        if isinstance(message, Withdraw):
            return {"type": "ReviewWithdrawnV1", "by": PEOPLE[message.person], "reason": "changed my mind"}
        body = message.body
        content = {
            "decisionId": f"decision/{body.decision_id}",
            "decision": "approve" if body.approves else "reject",
            "reviewer": _spelled(message),
        }
        if body.comment:
            content["comment"] = "because"
        if body.version == "right":
            content |= {"documentSha256": self.document.sha256, "etag": self.etags[0]}
        elif body.version == "wrong":
            content["documentSha256"] = OTHER_SHA256
        return content

    def _bytes(self, version: int) -> bytes:
        return f"{self.name}, version {version}\n".encode()

    def _id(self, message: Message) -> str:
        """Return the message's id: the same each time, so that the app takes a repetition for a redelivery."""
        number = message.message if isinstance(message, Decide) else f"w{message.person}{message.after_deadline}"
        return f"{self.name}#{number}"

    def _state(self) -> str:
        return str((self.stack.ledger.head(self.document.review_id) or {})["state"])


def _spelled(message: Decide) -> str:
    name = PEOPLE[message.body.person]
    return name.upper() if message.body.spelling else name


def _ending(document: Submitted, outcome: str, *decisions: tuple[str, str]) -> Ending:
    match outcome:
        case "approved":
            return document.published(*decisions)
        case "superseded":
            return document.superseded(*decisions)
        case _:
            return document.archived(outcome, *decisions)
