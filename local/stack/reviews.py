"""What happened to a document, read from storage, ledger and received events, never from the app."""

from __future__ import annotations

import json
from dataclasses import dataclass

from local.stack.audit_trail import first_broken_record
from local.stack.documents import PENDING
from local.stack.eventually import eventually
from local.stack.ledger_reader import Row
from local.stack.running import Stack
from local.stack.subscriber import completions


def wait_until_open(stack: Stack, name: str, etag: str, container: str = PENDING) -> str:
    """Wait for the review of one document version to open and return its id. Raises NeverHappenedError."""

    def found() -> str | None:
        for review_id in stack.ledger.reviews_of(name, container):
            head = stack.ledger.head(review_id)
            if head and json.loads(head["document"])["etag"] == etag:
                return review_id
        return None

    return eventually(found, f"a review of {container}/{name} with ETag {etag}")


def wait_until_asked(stack: Stack, review_id: str) -> Row:
    """Wait until the reviewers are asked and return the review's head. Raises NeverHappenedError."""
    return eventually(lambda: _head_with(stack, review_id, "deadline"), f"review {review_id} asks its reviewers")


def wait_until_finished(stack: Stack, review_id: str) -> Row:
    """Wait until a review is closed and its completion event received; return its head. Raises NeverHappenedError."""

    def found() -> Row | None:
        head = _head_with(stack, review_id, "outcome")
        announced = head and review_id not in stack.ledger.open_reviews() and completions(stack.events, review_id)
        return head if announced else None

    return eventually(found, f"review {review_id} is closed and announced")


@dataclass(frozen=True, slots=True)
class Ending:
    """How one review must have ended. If `location` is None, its bytes must be gone."""

    review_id: str
    name: str
    sha256: str
    outcome: str
    location: str | None
    reason: str | None = None
    tier: str | None = None
    decisions: tuple[tuple[str, str], ...] = ()  # reviewer and decision, in the order of the ledger

    def contradictions(self, stack: Stack) -> list[str]:
        """List everything in ledger, storage and events that differs; empty if the review ended as it must."""
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
            *_difference("ledger: state", head.get("state"), "closed"),
            *_difference("ledger: outcome", head.get("outcome"), self.outcome),
            *_difference("ledger: reason", head.get("reason"), self.reason),
            *_difference("ledger: location", head.get("location"), self.location),
            *_difference("ledger: decisions", counted, self.decisions),
            *_difference("ledger: still unfinished", self.review_id in stack.ledger.open_reviews(), False),
        ]

    def _in_audit_trail(self, stack: Stack) -> list[str]:
        head, records = stack.ledger.head(self.review_id) or {}, stack.ledger.audit(self.review_id)
        digests = [record["digest"] for record in records]
        announced = [event["data"] for event in completions(stack.events, self.review_id)]
        return [
            *_difference("audit trail: broken at", first_broken_record(records), None),
            *_difference("audit trail: last digest", digests[-1:], [head.get("auditDigest")]),
            *_difference(
                "audit trail: digests in events",
                [data["auditDigest"] for data in announced],
                [digests[data["auditRecords"] - 1] for data in announced],
            ),
        ]

    def _in_storage(self, stack: Stack) -> list[str]:
        blobs = [blob for blob in stack.documents.blobs_named(self.name) if blob.sha256 == self.sha256]
        expected = [self.location] if self.location else []
        wrong = _difference("storage: the bytes are in", [blob.location for blob in blobs], expected)
        if self.tier:
            wrong += _difference("storage: tiers", [blob.tier for blob in blobs], [self.tier])
        return wrong

    def _in_events(self, stack: Stack) -> list[str]:
        events = completions(stack.events, self.review_id)
        announced = {(event["id"], event["data"]["outcome"], event["data"].get("location")) for event in events}
        return _difference("events: completions", announced, {(self.review_id, self.outcome, self.location)})


def _head_with(stack: Stack, review_id: str, column: str) -> Row | None:
    head = stack.ledger.head(review_id)
    return head if head and head.get(column) else None


def _difference(what: str, seen: object, expected: object) -> list[str]:
    return [] if seen == expected else [f"{what} is {seen!r} but must be {expected!r}"]
