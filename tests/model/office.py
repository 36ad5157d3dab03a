"""Submitters and reviewers at work, each following a story, and how every review must end because of what they did."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from compliance.document import review_id
from local.stack.documents import PENDING
from local.stack.reviews import Ending
from local.stack.running import Stack
from tests.e2e.kill.at_least_once import AtLeastOnceSender
from tests.e2e.submitting import ANN, SAM, Submitted

Story = Generator[str | None, None, None]  # yields wherever the others may go on
FOR_THE_CLOCK = "for the clock"  # what a story yields while it can only go on when host time does


@dataclass(slots=True)
class Office:
    """What its people have said so far (ids of messages by what they say), and the endings that follow from it."""

    stack: Stack
    sender: AtLeastOnceSender
    said: dict[str, list[str]] = field(default_factory=dict)
    endings: list[Ending] = field(default_factory=list)

    def approved(self, name: str) -> Story:
        """Ann approves once she is asked."""
        version = yield from self._asked(name)
        self._decide(version, "approve")
        self.endings.append(version.published((ANN, "approve")))

    def approved_early(self, name: str) -> Story:
        """Ann approves at once, perhaps before the review exists."""
        version = self.upload(name)
        yield
        self._decide(version, "approve")
        self.endings.append(version.published((ANN, "approve")))

    def approved_thrice(self, name: str) -> Story:
        """Ann's client sends one decision three times."""
        version = yield from self._asked(name)
        decision_id = str(uuid.uuid4())
        for _ in range(3):
            self._decide(version, "approve", decision_id)
            yield
        self.endings.append(version.published((ANN, "approve")))

    def rejected(self, name: str) -> Story:
        """Ann rejects once she is asked."""
        version = yield from self._asked(name)
        self._decide(version, "reject")
        self.endings.append(version.archived("rejected", (ANN, "reject")))

    def withdrawn(self, name: str) -> Story:
        """Sam takes the document back while Ann is asked."""
        version = yield from self._asked(name)
        content = {"type": "ReviewWithdrawnV1", "reviewId": version.review_id, "by": SAM, "reason": "too early"}
        self._say(f"withdrawal of {version.review_id}", content)
        self.endings.append(version.archived("withdrawn"))

    def overwritten(self, name: str) -> Story:
        """Sam puts other bytes over the document while Ann is asked; these she approves."""
        first = yield from self._asked(name)
        self.endings.append(first.superseded())
        yield from self.approved(name)

    def unanswered(self, name: str) -> Story:
        """Nobody says a word."""
        version = yield from self._asked(name)
        self.endings.append(version.archived("expired"))

    def stories(self) -> list[Callable[[str], Story]]:
        """What can happen to a document."""
        return [
            self.approved,
            self.approved_early,
            self.approved_thrice,
            self.rejected,
            self.withdrawn,
            self.overwritten,
            self.unanswered,
        ]

    def _asked(self, name: str) -> Generator[None, None, Submitted]:
        version = self.upload(name)
        while not (self.stack.ledger.head(version.review_id) or {}).get("deadline"):
            yield
        return version

    def upload(self, name: str) -> Submitted:
        """Sam puts a document there that nobody has seen before, over an earlier one of that name if there is one."""
        content = uuid.uuid4().hex.encode()
        etag = self.stack.documents.upload(name, content, {"submitter": SAM})
        return Submitted(name, hashlib.sha256(content).hexdigest(), review_id(PENDING, name, etag))

    def _decide(self, version: Submitted, decision: str, decision_id: str | None = None) -> None:
        said = decision_id or str(uuid.uuid4())
        content = {"decisionId": said, "reviewId": version.review_id, "decision": decision, "reviewer": ANN}
        self._say(said, content)

    def _say(self, what: str, content: dict[str, str]) -> None:
        self.said.setdefault(what, []).append(self.sender.send(content))
