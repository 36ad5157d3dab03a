"""What submitters and reviewers do with a document, step by step, and how its review must end."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import Enum, auto

from compliance.document import review_id
from local.stack.documents import PENDING
from local.stack.reviews import Ending
from local.stack.running import Stack
from tests.e2e.kill.reconnecting import AtLeastOnceSender
from tests.e2e.submitting import ANN, SAM, Submitted


class Waiting(Enum):
    """The condition for which a script waits when it yields."""

    FOR_OTHERS = auto()
    FOR_THE_CLOCK = auto()  # only an advance of host time can let it go on


Script = Generator[Waiting, None, None]


@dataclass(slots=True)
class UserScripts:
    """The scripts that run on one stack; with the ids of the messages sent, by content, and the endings that follow."""

    stack: Stack
    sender: AtLeastOnceSender
    sent: dict[str, list[str]] = field(default_factory=dict)
    endings: list[Ending] = field(default_factory=list)

    def approve(self, name: str) -> Script:
        """Ann approves once she is asked."""
        version = yield from self._submit_and_wait(name)
        self._decide(version, "approve")
        self.endings.append(version.published((ANN, "approve")))

    def approve_early(self, name: str) -> Script:
        """Ann approves at once, perhaps before the review exists."""
        version = self.upload(name)
        yield Waiting.FOR_OTHERS
        self._decide(version, "approve")
        self.endings.append(version.published((ANN, "approve")))

    def approve_thrice(self, name: str) -> Script:
        """Ann's client sends one decision three times."""
        version = yield from self._submit_and_wait(name)
        decision_id = str(uuid.uuid4())
        for _ in range(3):
            self._decide(version, "approve", decision_id)
            yield Waiting.FOR_OTHERS
        self.endings.append(version.published((ANN, "approve")))

    def reject(self, name: str) -> Script:
        """Ann rejects once she is asked."""
        version = yield from self._submit_and_wait(name)
        self._decide(version, "reject")
        self.endings.append(version.archived("rejected", (ANN, "reject")))

    def withdraw(self, name: str) -> Script:
        """Sam takes the document back while Ann is asked."""
        version = yield from self._submit_and_wait(name)
        content = {"type": "ReviewWithdrawnV1", "reviewId": version.review_id, "by": SAM, "reason": "too early"}
        self._send(f"withdrawal of {version.review_id}", content)
        self.endings.append(version.archived("withdrawn"))

    def overwrite(self, name: str) -> Script:
        """Sam overwrites the document while Ann is asked; she approves the new version."""
        first = yield from self._submit_and_wait(name)
        self.endings.append(first.superseded())
        yield from self.approve(name)

    def leave_unanswered(self, name: str) -> Script:
        """Ann does not answer."""
        version = yield from self._submit_and_wait(name)
        self.endings.append(version.archived("expired"))

    def kinds(self) -> list[Callable[[str], Script]]:
        """List the scripts that a document can have."""
        return [
            self.approve,
            self.approve_early,
            self.approve_thrice,
            self.reject,
            self.withdraw,
            self.overwrite,
            self.leave_unanswered,
        ]

    def _submit_and_wait(self, name: str) -> Generator[Waiting, None, Submitted]:
        version = self.upload(name)
        while not (self.stack.ledger.head(version.review_id) or {}).get("deadline"):
            yield Waiting.FOR_OTHERS
        return version

    def upload(self, name: str) -> Submitted:
        """Upload new content, over an earlier version of that name if there is one."""
        return upload(self.stack, name)

    def _decide(self, version: Submitted, decision: str, decision_id: str | None = None) -> None:
        decision_id = decision_id or str(uuid.uuid4())
        content = {"decisionId": decision_id, "reviewId": version.review_id, "decision": decision, "reviewer": ANN}
        self._send(decision_id, content)

    def _send(self, key: str, content: dict[str, str]) -> None:
        self.sent.setdefault(key, []).append(self.sender.send(content))


def upload(stack: Stack, name: str) -> Submitted:
    """Upload new content, over an earlier version of that name if there is one."""
    content = uuid.uuid4().hex.encode()
    etag = stack.documents.upload(name, content, {"submitter": SAM})
    return Submitted(name, hashlib.sha256(content).hexdigest(), review_id(PENDING, name, etag))
