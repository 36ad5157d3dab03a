"""A generated story as it is told to a running stack, and held against what comes of it."""

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
from tests.model.generated_orders import PEOPLE, Answers, Burst, Message, Story
from tests.model.review_model import Decide, Expire, Supersede, Withdraw

OTHER_SHA256 = "5f" * 32


@dataclass(slots=True)
class Performance:
    """The story's decisions are about the first version; nobody decides on the newer ones, where it has any."""

    stack: Stack
    story: Story
    name: str
    etags: list[str] = field(default_factory=list)  # of all versions
    document: Submitted = field(init=False)
    heard: Counter[Message] = field(default_factory=Counter)
    newest: Submitted | None = None  # while it is undecided
    newer: list[Ending] = field(default_factory=list)

    def upload(self) -> None:
        """Put a version over the one before."""
        content = self._bytes(len(self.etags) + 1)
        self.etags.append(self.stack.documents.upload(self.name, content, {"submitter": PEOPLE[0]}))

    def wait_until_asked(self) -> None:
        """The first version is under review."""
        self.document = self._opened()
        wait_until_asked(self.stack, self.document.review_id)

    def say(self, burst: Burst) -> None:
        """Do all of it at once."""
        for step in burst:
            if isinstance(step, Message):
                self._send(step, None)
            elif isinstance(step, Supersede):
                self.upload()

    def listen(self, burst: Burst) -> None:
        """Hold what came of it against the model, once it has come."""
        if Supersede() in burst:
            eventually(lambda: self._state() != "open", f"{self.name} is superseded or decided")
            self._newest_ended("superseded")
            self.newest = self._opened()
        self.story.saw(burst, self._answers(burst), is_open=self._state() == "open")
        if not self.story.is_open:
            wait_until_finished(self.stack, self.document.review_id)

    def schedule(self) -> None:
        """Have everything that happens around the deadline enqueued in its second."""
        deadline = datetime.fromisoformat(str(wait_until_asked(self.stack, self.document.review_id)["deadline"]))
        for message in self.story.around:
            at = deadline + timedelta(microseconds=message.after_deadline)
            self._send(message, at.replace(microsecond=at.microsecond // 1000 * 1000))  # as AMQP writes times

    def listen_back(self) -> None:
        """Hold what happened around the deadline against the model, now that it has passed."""
        for message in self.story.around:
            self.story.saw((message,), self._answers((message,)), is_open=None)
        self.listen((Expire(),))
        self._newest_ended("expired")

    def contradictions(self) -> list[str]:
        """What fits no ending that the model allows, once every deadline has passed."""
        self._newest_ended("expired")
        possible = [ending.contradictions(self.stack) for ending in self._endings()]
        newer = [ending.contradictions(self.stack) for ending in self.newer]
        return [f"{self.name}: {each}" for each in chain(min(possible, key=len), *newer)]

    def _endings(self) -> Iterator[Ending]:
        for outcome, counted in self.story.endings():
            rows = [(_spelled(step), "approve" if step.said.approves else "reject") for step in counted]
            yield _ending(self.document, outcome, *rows)

    def _newest_ended(self, outcome: str) -> None:
        if self.newest:
            self.newer.append(_ending(self.newest, outcome))
            self.newest = None

    def _opened(self) -> Submitted:
        sha256 = hashlib.sha256(self._bytes(len(self.etags))).hexdigest()
        return Submitted(self.name, sha256, wait_until_open(self.stack, self.name, self.etags[-1]))

    def _answers(self, burst: Burst) -> Answers:
        answers: Answers = {}
        for message, times in Counter(step for step in burst if isinstance(step, Message)).items():
            before = self.heard[message]
            self.heard[message] += times
            all_of_them = self.stack.messages.answers(self._id(message), before + times)
            answers[message] = [each["answer"] for each in all_of_them[before : before + times]]
        return answers

    def _send(self, message: Message, at: datetime | None) -> None:
        body = json.dumps({"reviewId": self.document.review_id, **self._words(message)})
        sent = ServiceBusMessage(body, message_id=self._id(message), scheduled_enqueue_time_utc=at)
        self.stack.messages.put(DECISIONS, sent)

    def _words(self, message: Message) -> dict[str, str]:
        if isinstance(message, Withdraw):
            return {"type": "ReviewWithdrawnV1", "by": PEOPLE[message.person], "reason": "changed my mind"}
        said = message.said
        words = {
            "decisionId": f"decision/{said.decision_id}",
            "decision": "approve" if said.approves else "reject",
            "reviewer": _spelled(message),
        }
        if said.comment:
            words["comment"] = "because"
        if said.version == "right":
            words |= {"documentSha256": self.document.sha256, "etag": self.etags[0]}
        elif said.version == "wrong":
            words["documentSha256"] = OTHER_SHA256
        return words

    def _bytes(self, version: int) -> bytes:
        return f"{self.name}, version {version}\n".encode()

    def _id(self, message: Message) -> str:
        """The same for the same message, so that saying it again is what a redelivery is to the app."""
        told = message.message if isinstance(message, Decide) else f"w{message.person}{message.after_deadline}"
        return f"{self.name}#{told}"

    def _state(self) -> str:
        return str((self.stack.ledger.head(self.document.review_id) or {})["state"])


def _spelled(message: Decide) -> str:
    name = PEOPLE[message.said.person]
    return name.upper() if message.said.spelling else name


def _ending(document: Submitted, outcome: str, *decisions: tuple[str, str]) -> Ending:
    match outcome:
        case "approved":
            return document.published(*decisions)
        case "superseded":
            return document.superseded(*decisions)
        case _:
            return document.archived(outcome, *decisions)
