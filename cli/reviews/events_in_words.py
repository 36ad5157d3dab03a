"""What happened to a review, in sentences, oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from cli.reviews.timeline import TimelineEntry, decision_seq, timeline
from cli.reviews.view import RefusedAttempt, ReviewView
from compliance.history import AuditEvent, AuditRecord
from compliance.outcome import Vote
from compliance.people.identity import person_key
from compliance.people.levels import Level
from reviews.wording.words import people

_FROM_STORAGE: Final = " *"  # if no part of the app had a time

_PROOFS: Final = {Level.OWN_KEY: "signed", Level.CODE: "signed in, with a code", Level.SIGN_IN: "signed in"}
_VOTES: Final = {Vote.APPROVE: "approved", Vote.REJECT: "rejected", Vote.REQUEST_CHANGES: "requested changes"}


def happenings(view: ReviewView) -> Iterator[tuple[datetime, str, str]]:
    """Yield the time of each event, a mark if it is storage's time, and a sentence. Refused attempts are among them."""
    comments = {row.seq: row.decision.comment for row in view.decisions}
    events: list[tuple[datetime, str, str]] = []
    for (record, _), entry in zip(view.records, timeline(view), strict=True):
        at, mark = (entry.at, "") if entry.at else (entry.stored_at, _FROM_STORAGE)
        events.append((at, mark, in_words(entry, comments.get(decision_seq(record)))))
        if asked := _asked(view, record):
            events.append((at, mark, asked))
    for attempt in view.refused or ():
        if attempt.at:
            place = next((n for n, (at, _, _) in enumerate(events) if at > attempt.at), len(events))
            events.insert(place, (attempt.at, "", _refused(attempt)))
    yield from events


def in_words(entry: TimelineEntry, comment: str | None) -> str:
    """Return what a record says."""
    who, detail = who_acted(entry), entry.detail
    by, why = f" by {who}" if who else "", f': "{detail}"' if detail else ""
    match entry.event:
        case AuditEvent.REVIEW_OPENED:
            return f"review opened: submitted{by}, class {detail}"
        case AuditEvent.DOCUMENT_INSPECTED:
            return "document inspected"
        case AuditEvent.DECISION_RECORDED if detail in [*Vote]:
            return f"{who} {_VOTES[Vote(detail)]}" + (f': "{comment}"' if comment else "")
        case AuditEvent.STAGE_OPENED:
            return f"stage {detail} opened"
        case AuditEvent.REVIEWERS_REMINDED:
            return f"reviewers reminded ({detail})"
        case AuditEvent.REVIEW_ESCALATED:
            return f"escalated to {detail or 'nobody: all have decided'}"
        case AuditEvent.DEADLINE_PASSED:
            return "deadline passed"
        case AuditEvent.REVIEW_WITHDRAWN:
            return f"withdrawn{by}{why}"
        case AuditEvent.DOCUMENT_SUPERSEDED:
            return "superseded: a newer version was submitted"
        case AuditEvent.DOCUMENT_GONE:
            return "document gone: it was deleted or renamed"
        case AuditEvent.REVIEW_CLOSED:
            return f"review closed: {detail}"
        case AuditEvent.RETRACTION_REQUESTED:
            return f"retraction requested{by}{why}"
    return f"{entry.event.replace('_', ' ')}{by}" + (f": {detail}" if detail else "")


def who_acted(entry: TimelineEntry) -> str | None:
    """Return the person of a record, in whose place they acted, and whether they had signed it or signed in."""
    if entry.who is None:
        return None
    who = f"{entry.who} for {entry.on_behalf_of}" if entry.on_behalf_of else entry.who
    return f"{who} ({proof})" if (proof := _PROOFS.get(entry.proof)) else who


def _asked(view: ReviewView, record: AuditRecord) -> str | None:
    """Say who was asked for decisions because of this record. None if nobody was."""
    stages, number = view.head.policy.stages, 0
    match record.event:
        case AuditEvent.DOCUMENT_INSPECTED if "verdict" not in record.facts:
            pass
        case AuditEvent.STAGE_OPENED:
            number = next((number for number, stage in enumerate(stages) if stage.name == record.detail), 0)
        case _:
            return None
    if view.head.escalated or view.head.reassignments or not view.rules_known:
        return "reviewers asked"  # the head no longer says who they were then
    parts = stages[number].parts
    named = [name for part in parts for name in part.reviewers if person_key(name) not in view.head.barred]
    return f"reviewers asked: {people(list(dict.fromkeys(named))) or 'any reviewer'}"


def _refused(attempt: RefusedAttempt) -> str:
    because = (attempt.refused_because or "refused").replace("_", " ")
    return f"not counted, from {attempt.sender or 'somebody unnamed'}: {because}: {attempt.explanation}"
