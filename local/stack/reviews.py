"""What became of a document, read from storage, ledger and received events; never the app's own word."""

from __future__ import annotations

import json
from dataclasses import dataclass

from local.stack.audit_trail import broken_at
from local.stack.documents import PENDING
from local.stack.eventually import eventually
from local.stack.ledger_reader import Row
from local.stack.running import Stack
from local.stack.subscriber import completions


def opened(stack: Stack, name: str, etag: str, container: str = PENDING) -> str:
    """The id of the review of one document version, once it is open. Raises NeverHappenedError."""

    def found() -> str | None:
        for review_id in stack.ledger.reviews_of(name, container):
            head = stack.ledger.head(review_id)
            if head and json.loads(head["document"])["etag"] == etag:
                return review_id
        return None

    return eventually(found, f"a review of {container}/{name} with ETag {etag}")


def asked(stack: Stack, review_id: str) -> Row:
    """The head of a review, once its document is inspected and its reviewers' time runs. Raises NeverHappenedError."""
    return eventually(lambda: _head_with(stack, review_id, "deadline"), f"review {review_id} asks its reviewers")


def finished(stack: Stack, review_id: str, seconds: float = 30) -> Row:
    """The head of a review, once it is closed and its completion event received. Raises NeverHappenedError."""

    def done() -> Row | None:
        head = _head_with(stack, review_id, "outcome")
        ended = head and review_id not in stack.ledger.open_reviews() and completions(stack.events, review_id)
        return head if ended else None

    return eventually(done, f"review {review_id} is closed and announced", seconds)


@dataclass(frozen=True, slots=True)
class Ending:
    """How one review must have ended. Without a location its bytes must be nowhere."""

    review_id: str
    name: str
    sha256: str
    outcome: str
    location: str | None
    reason: str | None = None
    tier: str | None = None
    decisions: tuple[tuple[str, str], ...] = ()  # reviewer and decision, in the order of the ledger

    def contradictions(self, stack: Stack) -> list[str]:
        """Everything in ledger, storage and events that says otherwise; empty when all is as it must be."""
        return [
            *self._in_ledger(stack),
            *self._in_audit_trail(stack),
            *self._in_storage(stack),
            *self._in_events(stack),
        ]

    def _in_ledger(self, stack: Stack) -> list[str]:
        head = stack.ledger.head(self.review_id) or {}
        rows = stack.ledger.decisions(self.review_id)
        counted = tuple((row["reviewer"], row["verdict"]) for row in rows)
        return [
            *_unequal("ledger: state", head.get("state"), "closed"),
            *_unequal("ledger: outcome", head.get("outcome"), self.outcome),
            *_unequal("ledger: reason", head.get("reason"), self.reason),
            *_unequal("ledger: location", head.get("location"), self.location),
            *_unequal("ledger: decisions", counted, self.decisions),
            *_unequal("ledger: still unfinished", self.review_id in stack.ledger.open_reviews(), False),
        ]

    def _in_audit_trail(self, stack: Stack) -> list[str]:
        head, records = stack.ledger.head(self.review_id) or {}, stack.ledger.audit(self.review_id)
        digests = [record["digest"] for record in records]
        said = [event["data"] for event in completions(stack.events, self.review_id)]
        return [
            *_unequal("audit trail: broken at", broken_at(records), None),
            *_unequal("audit trail: last digest", digests[-1:], [head.get("auditDigest")]),
            *_unequal(
                "audit trail: digests in events",
                [data["auditDigest"] for data in said],
                [digests[data["auditRecords"] - 1] for data in said],
            ),
        ]

    def _in_storage(self, stack: Stack) -> list[str]:
        places = [place for place in stack.documents.places(self.name) if place.sha256 == self.sha256]
        expected = [self.location] if self.location else []
        wrong = _unequal("storage: the bytes are in", [place.location for place in places], expected)
        if self.tier:
            wrong += _unequal("storage: tiers", [place.tier for place in places], [self.tier])
        return wrong

    def _in_events(self, stack: Stack) -> list[str]:
        events = completions(stack.events, self.review_id)
        said = {(event["id"], event["data"]["outcome"], event["data"].get("location")) for event in events}
        return _unequal("events: completions", said, {(self.review_id, self.outcome, self.location)})


def _head_with(stack: Stack, review_id: str, column: str) -> Row | None:
    head = stack.ledger.head(review_id)
    return head if head and head.get(column) else None


def _unequal(what: str, seen: object, expected: object) -> list[str]:
    return [] if seen == expected else [f"{what} is {seen!r} but must be {expected!r}"]
