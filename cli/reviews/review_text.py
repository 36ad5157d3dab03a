"""A review in lines of text, for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cli.columns import Cell, fact_lines, row_lines, wrapped_line
from cli.local_time import LocalTime
from cli.lookup import short_id
from cli.reviews.events_in_words import happenings
from cli.reviews.sentence import sentence
from cli.reviews.styles import style_of
from cli.reviews.view import ReviewView
from compliance.outcome import ReviewState
from contracts.messages.outbound import NameTakenFacts, PublishedFacts, SameBytesFacts
from contracts.plain_text import quantity
from reviews.wording.rules import rules
from reviews.wording.words import FINDINGS


def review_in_full(view: ReviewView, time: LocalTime, width: int | None) -> Iterator[Text]:
    """Yield the lines of `show`: how it stands, what is known, what happened, and by which rules."""
    if view.at:
        time = LocalTime(view.at, time.zone)
        yield Text(f"At {time.stamp(view.at)}:")
    for line in wrapped_line(sentence(view, time), width):
        line.stylize(style_of(view, time))
        yield line
    yield Text()
    yield from fact_lines(_facts(view, time), width)
    if others := list(_others(view)):
        yield Text()
        rows = ((short_id(other.head.review_id), about, sentence(other, time)) for about, other in others)
        yield from row_lines(("Other review", "Of", "How it stands"), rows, width)
    yield Text()
    rows = ((f"{time.stamp(at)}{mark}", text) for at, mark, text in happenings(view))
    yield from row_lines(("Time", "What happened"), rows, width)
    yield Text()
    yield from fact_lines(_rules(view), width)


def state_in_words(view: ReviewView) -> str:
    """Return how far a review is, in one or two words."""
    head = view.head
    if head.retraction:
        return "retracted" if head.retraction.done else "being retracted"
    if head.outcome:
        return head.outcome
    if head.state is ReviewState.OPEN:
        return "open" if head.inspected else "being inspected"
    return f"decided: {head.verdict}"


def _facts(view: ReviewView, time: LocalTime) -> Iterator[tuple[str, Cell]]:
    head, document = view.head, view.head.document
    length = "size unknown" if document.length is None else f"{document.length:,} bytes"
    yield "Review", head.review_id
    yield "Document", f"{document.container}/{document.name} ({length})"
    now = head.location if view.at else view.whereabouts
    yield "Now", None if now == f"{document.container}/{document.name}" else now
    yield "SHA-256", document.sha256
    yield "ETag", document.etag
    yield "Submitter", _with_earlier(head.submitter, head.earlier_submitters)
    yield "Modifier", _with_earlier(head.modifier, head.earlier_modifiers)
    yield "Case since", head.case if head.previous_review else None
    if view.replaces:
        yield "Would replace", _published(view.replaces, time)
    if view.name_taken:
        yield "Not free", _taken(view.name_taken, time)
    for other in view.same_bytes or ():
        yield "Same bytes", _same_bytes(other, time)
    for finding in head.findings:
        yield "Finding", f"{FINDINGS[finding.kind]}: {finding.detail}"
    if view.asks:
        yield "Deadline", time.with_distance(head.deadline) if head.deadline else None
        due = view.next_due
        if due and due.at != head.deadline:
            yield f"Next {due.kind}", time.with_distance(due.at)


def _rules(view: ReviewView) -> Iterator[tuple[str, Cell]]:
    policy = view.head.policy
    yield "Policy", f"{policy.document_class}, version {policy.version}"
    yield "Its SHA-256", policy.sha256
    if view.policy_now:
        yield "Policy now", f"version {view.policy_now} of the file here has other rules; the review keeps its own"
    if view.rules_known:
        yield from rules(policy)
    else:
        yield "Rules", "not those of now: findings or an escalation have changed them since"


def _published(replaced: PublishedFacts, time: LocalTime) -> str:
    since = f", published since {time.moment(replaced.since)}" if replaced.since else ""
    return f"{replaced.location}{since} by review {short_id(replaced.review_id)}"


def _taken(taken: NameTakenFacts, time: LocalTime) -> str:
    whose = "a blob that no review vouches for"
    if taken.review_id:
        name = taken.location.partition("/")[2]
        whose = f"the document {taken.container}/{name} of review {short_id(taken.review_id)}"
    since = time.moment(taken.since)
    return f"{taken.location} has been taken since {since} by {whose}; an approval would end as failed"


def _same_bytes(other: SameBytesFacts, time: LocalTime) -> str:
    closed = f" on {time.day(other.closed_at)}" if other.closed_at else ""
    votes = f"{quantity(other.approvals, 'approval')}, {quantity(other.rejections, 'rejection')}"
    end = f"{other.outcome or other.state}{closed}"
    return f"{other.container}/{other.name}: {end}, {votes}, review {short_id(other.review_id)}"


def _with_earlier(name: str | None, earlier: tuple[str, ...]) -> str | None:
    if not earlier:
        return name
    return f"{name or 'not named'}; of earlier versions: {', '.join(earlier)}"


def _others(view: ReviewView) -> Iterator[tuple[str, ReviewView]]:
    """Yield the other reviews of this case and of this name, newest first."""
    in_case = {earlier.head.review_id for earlier in view.earlier or ()}
    yield from (("this name", other) for other in view.others if other.head.review_id not in in_case)
    yield from (("this case", earlier) for earlier in reversed(view.earlier or ()))
