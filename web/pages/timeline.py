"""What has happened to a review: as a list in words, and as marks on a strip of time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from compliance.history import AuditEvent, AuditRecord
from compliance.outcome import ReviewState, Vote
from compliance.review import Decision, Head, RecordedDecision
from contracts.plain_text import quantity
from web.pages.status_words import VOTE_MOODS, VOTES, decided_by
from web.pages.view_models import EventShown, Mark, Mood, Strip

History = Sequence[tuple[AuditRecord, datetime]]

_SHORTEST: Final = timedelta(minutes=1)  # of a strip
_VOTES_ON_STRIP: Final = {Vote.APPROVE: "approved", Vote.REJECT: "against", Vote.REQUEST_CHANGES: "against"}
_WARNINGS: Final = (AuditEvent.REVIEWERS_REMINDED, AuditEvent.REVIEW_ESCALATED)


def events_shown(
    history: History, decisions: Sequence[RecordedDecision], told: Collection[str | None]
) -> Iterator[EventShown]:
    """Yield what has happened, oldest first. Comments that are `told` elsewhere on the page are left out."""
    rows = {row.seq: row.decision for row in decisions}
    for record, at in history:
        decision = rows.get(_decision_seq(record))
        if decision and record.event is AuditEvent.DECISION_RECORDED:
            comment = None if decision.comment in told else decision.comment
            yield EventShown(at, f"{decided_by(decision)} {VOTES[decision.vote]}", comment)
        else:
            yield _event(record, at)


def strip_of(head: Head, history: History, decisions: Sequence[RecordedDecision], now: datetime) -> Strip | None:
    """Return the time of a review from its submission to its deadline or its end. None if it is not inspected yet."""
    if not history or head.deadline is None:
        return None
    is_open = head.state is ReviewState.OPEN
    starts = history[0][1]
    ends = max(head.deadline, now) if is_open else history[-1][1]
    length = max(ends - starts, _SHORTEST)

    def place(at: datetime) -> float:
        return round(min(max((at - starts) / length, 0.0), 1.0) * 100, 2)

    rows = {row.seq: row.decision for row in decisions}
    marks = [_mark(record, place(at), rows) for record, at in history]
    marks.append(Mark(place(head.deadline), "due", Mood.PLAIN) if is_open else Mark(100.0, "ended", Mood.PLAIN))
    is_over = is_open and head.deadline < now
    end = "now" if is_over else "due" if is_open else "ended"
    return Strip(starts, ends, end, place(now) if is_open else None, marks, _in_words(decisions, is_open=is_open))


def _event(record: AuditRecord, at: datetime) -> EventShown:
    who, detail = record.who, record.detail
    by = f" by {who}" if who else ""
    match record.event:
        case AuditEvent.REVIEW_OPENED:
            return EventShown(at, f"Submitted{by}")
        case AuditEvent.DOCUMENT_INSPECTED:
            asked = "" if "verdict" in record.facts else "; reviewers were asked"
            return EventShown(at, f"The document was inspected{asked}")
        case AuditEvent.STAGE_OPENED:
            return EventShown(at, f"The stage {detail} began; its reviewers were asked")
        case AuditEvent.REVIEWERS_REMINDED:
            return EventShown(at, "Reviewers were reminded")
        case AuditEvent.REVIEW_ESCALATED:
            return EventShown(at, f"Escalated to {detail}" if detail else "Escalated; nobody was left to ask")
        case AuditEvent.DEADLINE_PASSED:
            return EventShown(at, "The deadline passed")
        case AuditEvent.REVIEW_WITHDRAWN:
            return EventShown(at, f"Withdrawn{by}", detail)
        case AuditEvent.DOCUMENT_SUPERSEDED:
            return EventShown(at, "A newer version was submitted")
        case AuditEvent.DOCUMENT_GONE:
            return EventShown(at, "The document was deleted or renamed")
        case AuditEvent.REVIEW_CLOSED:
            return EventShown(at, f"The review ended: {detail}" if detail else "The review ended")
        case AuditEvent.RETRACTION_REQUESTED:
            return EventShown(at, f"Taking it back was requested{by}", detail)
        case AuditEvent.DOCUMENT_RETRACTED:
            return EventShown(at, "The document was taken back")
    said = f"{record.event.replace('_', ' ').capitalize()}{by}"
    return EventShown(at, f"{said}: {detail}" if detail else said)


def _mark(record: AuditRecord, place: float, rows: Mapping[int, Decision]) -> Mark:
    decision = rows.get(_decision_seq(record))
    if decision and record.event is AuditEvent.DECISION_RECORDED:
        return Mark(place, _VOTES_ON_STRIP[decision.vote], VOTE_MOODS[decision.vote])
    return Mark(place, "event", Mood.WARN if record.event in _WARNINGS else Mood.PLAIN)


def _in_words(decisions: Sequence[RecordedDecision], *, is_open: bool) -> str:
    end = "its deadline" if is_open else "its end"
    return f"The time of this review from its submission to {end}, with {quantity(len(decisions), 'decision')} on it"


def _decision_seq(record: AuditRecord) -> int:
    decision = record.facts.get("decision")
    seq = decision.get("seq") if isinstance(decision, Mapping) else None
    return seq if isinstance(seq, int) else 0
