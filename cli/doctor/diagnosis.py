"""What is wrong, why, and what to do, concluded from the observations. Pure.

Anything younger than `patience` counts as under way, not stuck, because the sweep repairs every five minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from pydantic import Field

from adapters.blobs.moved_copies import MovedCopy
from cli.doctor.copies import copy_faults, untold
from cli.doctor.observations import ListedReview, Observations, SeenBlob
from cli.doctor.parts import COPIES, container_part
from cli.doctor.remedies import REMEDIES, TroubleKind
from cli.json_output import JsonOutput
from compliance.copies import is_contradicted
from compliance.outcome import Outcome, Reason, ReviewState, Verdict
from compliance.review import Head
from contracts.blob_path import BlobNameError, canonical_name
from contracts.messages.events import REVIEW_COMPLETED
from contracts.names import (
    COMMANDS_QUARANTINE,
    DEAD_LETTERED,
    DECISION_RETRIES,
    DECISIONS_QUARANTINE,
    DOCUMENT_SUBMISSIONS,
    LONGEST_GRACE,
    LONGEST_WRITE,
    OPERATOR_COMMANDS,
    PENDING,
    REVIEW_DECISIONS,
    SUBMISSIONS_QUARANTINE,
)
from contracts.plain_text import quantity

# Azure accepts a request whose clock is up to 5 minutes off; a deadline or a proof's age is judged more strictly.
_TOLERATED_SKEW: Final = timedelta(minutes=1)
# https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-instance-management#query-instances
_WORKING: Final = ("Pending", "Running", "ContinuedAsNew")
_SUSPENDED: Final = "Suspended"


_MOST_EXAMPLES: Final = 3
_INBOUND: Final = (DOCUMENT_SUBMISSIONS, REVIEW_DECISIONS, DECISION_RETRIES, OPERATOR_COMMANDS)
_QUARANTINES: Final = (DECISIONS_QUARANTINE, SUBMISSIONS_QUARANTINE, COMMANDS_QUARANTINE)
_WHY_LEFT: Final = {
    Reason.TARGET_TAKEN: "another document is published under its name",
    Reason.HASH_MISMATCH: "the bytes at the target were not those that were decided on, and were removed",
}


class Trouble(JsonOutput):
    """One thing that is wrong; `where` is a review's id or a place."""

    kind: TroubleKind = Field(validation_alias="trouble", serialization_alias="trouble")
    where: str
    since: datetime | None
    cause: str
    remedy: str


class Note(JsonOutput):
    """Something worth knowing that is healthy; `where` is a place."""

    where: str
    text: str


def notes(seen: Observations) -> list[Note]:
    """Return what is worth knowing about a healthy system."""
    text = "well-formed but refused, and their senders were answered; see and discard them with `compliance quarantine`"
    refused = [
        Note(where=queue, text=f"{quantity(waiting.set_aside, 'decision', or_more=not waiting.is_all)} {text}")
        for queue, waiting in seen.queues.items()
        if waiting.set_aside
    ]
    ignored = "ignored and left there, by the policy file's key ignore"
    touched, not_compared = untold(seen.copies)
    right = "from which somebody has taken the app's metadata; their bytes are right"
    cannot = "written to since, and in the Archive tier or never hashed: their bytes could not be compared"
    return [
        *refused,
        *_counted(container_part(PENDING), seen.ignored, "file", ignored),
        *_counted(COPIES, touched, "blob", right),
        *_counted(COPIES, not_compared, "blob", cannot),
    ]


def _counted(where: str, names: list[str], noun: str, text: str) -> Iterator[Note]:
    if names:
        examples = ", ".join(names[:_MOST_EXAMPLES]) + (", ..." if len(names) > _MOST_EXAMPLES else "")
        yield Note(where=where, text=f"{quantity(len(names), noun)} {text}: {examples}")


def find_troubles(seen: Observations, patience: timedelta) -> list[Trouble]:
    """Return everything that is wrong."""
    found = [*_reviews(seen, patience), *_documents(seen, patience), *_messages(seen, patience), *_surroundings(seen)]
    return sorted(_one_for_each_contradiction(found), key=lambda trouble: list(TroubleKind).index(trouble.kind))


def _one_for_each_contradiction(found: Sequence[Trouble]) -> Iterator[Trouble]:
    """Yield the troubles, a contradiction once however many blobs show it: one command repairs all of it."""
    contradicted = {each.where for each in found if each.kind is TroubleKind.CONTRADICTED}
    left = set(contradicted)
    for each in found:
        if each.kind is TroubleKind.CONTRADICTED:
            if each.where in left:
                left.remove(each.where)
                yield each
        elif each.kind is not TroubleKind.STAGING_LEFT or each.where.partition("/")[2] not in contradicted:
            yield each


def _trouble(kind: TroubleKind, where: str, cause: str, since: datetime | None = None) -> Trouble:
    return Trouble(kind=kind, where=where, since=since, cause=cause, remedy=REMEDIES[kind])


def _contradicted(review_id: str, ledger: str, copies: Sequence[MovedCopy]) -> Trouble:
    places = " and ".join(str(copy.path) for copy in copies)
    cause = f"{ledger}, but the copy at {places} says that it was carried out otherwise"
    return _trouble(TroubleKind.CONTRADICTED, review_id, cause)


def _reviews(seen: Observations, patience: timedelta) -> Iterator[Trouble]:
    for review in seen.listed:
        if review.head is None:
            if review.copies:
                yield _contradicted(review.review_id, "the ledger has lost the review", review.copies)
            elif seen.now - review.listed_at > patience:
                cause = "it is listed as unfinished, but its head was never written"
                yield _trouble(TroubleKind.REVIEW_WITHOUT_HEAD, review.review_id, cause, review.listed_at)
            continue
        head, written_at = review.head.head, review.head.written_at
        if review.audit_fault:
            yield _trouble(TroubleKind.AUDIT_BROKEN, review.review_id, review.audit_fault)
        if is_contradicted(head, [copy.verdict for copy in review.copies]):
            state = head.outcome or head.verdict or head.state
            yield _contradicted(review.review_id, f"it is {state} by the ledger", review.copies)
            continue
        if review.is_named_in_published and head.verdict is not Verdict.APPROVE:
            cause = f"published/{head.document.name} has the id of this review, which is {head.verdict or head.state}"
            yield _trouble(TroubleKind.PUBLISHED_UNAPPROVED, review.review_id, cause)
        if seen.now - written_at > patience:
            yield from _at_rest(review, head, written_at)
            yield from _orchestration(seen, review.review_id, written_at)
        deadline = head.last_deadline if head.state is ReviewState.OPEN else None
        if deadline and seen.now > deadline + LONGEST_GRACE + patience:
            cause = "its deadline and the grace period have passed, and it is still open"
            yield _trouble(TroubleKind.OVERDUE, review.review_id, cause, deadline)


def _at_rest(review: ListedReview, head: Head, since: datetime) -> Iterator[Trouble]:
    """Yield the trouble of a review that stays too long in a state that should pass."""
    match head.state:
        case ReviewState.OPEN if not head.inspected and head.policy.content.scan_timeout:
            cause = "nobody was asked: its document was not inspected, or the verdict of its malware scan was not read"
            yield _trouble(TroubleKind.SCAN_NOT_READ, review.review_id, cause, since)
        case ReviewState.OPEN if not head.inspected:
            cause = "its document was never inspected, so nobody was asked"
            yield _trouble(TroubleKind.NOT_INSPECTED, review.review_id, cause, since)
        case ReviewState.OPEN if head.requested_stage < head.stage:
            cause = f"its stage {head.policy.stages[head.stage].name} has begun, but none of its reviewers was asked"
            yield _trouble(TroubleKind.STAGE_NOT_REQUESTED, review.review_id, cause, since)
        case ReviewState.DECIDED:
            cause = f"it was decided ({head.verdict}), but its document was not moved or it was not closed"
            yield _trouble(TroubleKind.NOT_CARRIED_OUT, review.review_id, cause, since)
        case ReviewState.CLOSED:
            cause = f"it is closed ({head.outcome}), but Event Grid has not accepted its completion event"
            yield _trouble(TroubleKind.NOT_ANNOUNCED, review.review_id, cause, since)
        case _:
            return


def _orchestration(seen: Observations, review_id: str, since: datetime) -> Iterator[Trouble]:
    if review_id not in seen.orchestrations:
        return
    status = seen.orchestrations[review_id]
    if status == _SUSPENDED:
        yield _trouble(TroubleKind.ORCHESTRATION_SUSPENDED, review_id, "its orchestration is suspended")
    elif status not in _WORKING:
        cause = f"its orchestration is {status.lower() if status else 'missing'}, but the review is not finished"
        yield _trouble(TroubleKind.ORCHESTRATION_LOST, review_id, cause, since)


def _documents(seen: Observations, patience: timedelta) -> Iterator[Trouble]:
    for document in seen.incoming:
        yield from _incoming(document, seen.now, patience)
    for copy in seen.staging:
        over = copy.head is None or copy.head.head.state is ReviewState.CLOSED
        if over and seen.now - copy.stored.changed_at > patience:
            cause = "its review is over" if copy.head else "there is no such review"
            yield _trouble(TroubleKind.STAGING_LEFT, copy.place, cause, copy.stored.changed_at)
    for fault in copy_faults(seen.copies, seen.missing_copies, seen.now, patience):
        yield _trouble(fault.kind, fault.where, fault.cause, fault.since)


def _incoming(document: SeenBlob, now: datetime, patience: timedelta) -> Iterator[Trouble]:
    if document.head is None and document.copies:
        yield _contradicted(document.review_id, "the ledger has lost the review", document.copies)
        return
    if document.head is None:
        changed_at = document.stored.changed_at
        # A document in `submissions` waits for its announcement, for as long as its submitter likes.
        blob, age = document.stored.blob, now - changed_at
        if blob.container != PENDING or age <= (patience if blob.length else max(patience, LONGEST_WRITE)):
            return
        try:
            canonical_name(blob.name)
        except BlobNameError as error:
            yield _trouble(TroubleKind.NAME_REFUSED, document.place, f"its name {error}", changed_at)
        else:
            cause = "no review was opened for it"
            yield _trouble(TroubleKind.DOCUMENT_WITHOUT_REVIEW, document.place, cause, changed_at)
        return
    head, written_at = document.head.head, document.head.written_at
    if now - written_at <= patience:
        return
    if head.state is not ReviewState.CLOSED:
        cause = f"its review {head.review_id} is {head.state} but not in the list of the sweep"
        yield _trouble(TroubleKind.REVIEW_NOT_LISTED, document.place, cause, written_at)
        return
    failed = head.outcome is Outcome.FAILED and head.reason
    why = _WHY_LEFT.get(Reason(head.reason), head.reason) if failed and head.reason else "it should have been moved"
    cause = f"its review {head.review_id} ended as {head.outcome}, and the document is still here: {why}"
    yield _trouble(TroubleKind.DOCUMENT_LEFT, document.place, cause, written_at)


def _messages(seen: Observations, patience: timedelta) -> Iterator[Trouble]:
    for event, since in seen.events.items():
        if seen.now - since > patience:
            yield _trouble(TroubleKind.EVENT_WAITING, f"event {event}", "Event Grid has not accepted it yet", since)
    for queue, waiting in seen.queues.items():
        if not waiting.messages:
            continue
        count = quantity(waiting.messages, "message", or_more=not waiting.is_all)
        if queue.endswith(DEAD_LETTERED):
            yield _trouble(TroubleKind.DEAD_LETTERED, queue, f"{count} could not be handled", waiting.active_since)
        elif queue in _QUARANTINES:
            yield _trouble(TroubleKind.QUARANTINED, queue, f"{count} refused and kept", waiting.active_since)
        elif queue in _INBOUND and waiting.active_since and seen.now - waiting.active_since > patience:
            cause = f"{count} waiting for the app, the oldest for too long"
            yield _trouble(TroubleKind.QUEUE_NOT_READ, queue, cause, waiting.active_since)


def _surroundings(seen: Observations) -> Iterator[Trouble]:
    for row in dict.fromkeys(seen.unreadable):
        cause = "it does not hold a value of its kind, so reading it fails"
        yield _trouble(TroubleKind.ROW_UNREADABLE, f"ledger row {row.partition}/{row.key}", cause)
    for what in sorted(seen.missing):
        yield _trouble(TroubleKind.MISSING, what, "the app needs it, and it does not exist")
    if seen.subscriptions == []:
        cause = f"no event subscription receives {REVIEW_COMPLETED}: outcomes are announced to nobody"
        yield _trouble(TroubleKind.NOT_SUBSCRIBED, "custom topic", cause)
    if seen.policy_fault:
        yield _trouble(TroubleKind.POLICY_UNUSABLE, "policy file", seen.policy_fault)
    if seen.signing_key_fault:
        yield _trouble(TroubleKind.SIGNING_KEY_UNKNOWN, "front door", seen.signing_key_fault)
    if abs(seen.client_ahead) > _TOLERATED_SKEW:
        direction = "ahead of" if seen.client_ahead > timedelta(0) else "behind"
        seconds = abs(seen.client_ahead).total_seconds()
        cause = f"this computer's clock is {seconds:,.0f} seconds {direction} storage's"
        yield _trouble(TroubleKind.CLOCK_SKEW, "this computer", cause)
