"""A review in words and tables, for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from cli.lookup import short_id
from cli.reviews.rules import rules
from cli.reviews.timeline import TimelineEntry, timeline
from cli.reviews.view import ReviewView
from cli.terminal import facts, moment, table
from compliance.review import Decision, Head
from contracts.messages.outbound import NameTakenFacts, PublishedFacts, SameBytesFacts
from contracts.plain_text import quantity


def review_in_full(view: ReviewView) -> Iterator[RenderableType]:
    """Yield the tables of `show`, with empty lines between them."""
    yield facts(review_facts(view))
    if view.earlier:
        yield ""
        yield table(("Earlier review", "State", "Changes asked for by", "Changes"), map(_earlier_review, view.earlier))
    if view.decisions:
        yield ""
        decisions = (row.decision for row in view.decisions)
        yield table(("Decided", "Reviewer", "Decision", "Proof", "Comment"), map(_decision, decisions))
    yield ""
    yield table(("Time", "Event", "Who", "Detail"), map(_entry, timeline(view)))


def review_facts(view: ReviewView) -> Iterator[tuple[str, object]]:
    """Yield each fact of a review with its heading."""
    head, policy, document = view.head, view.head.policy, view.head.document
    length = "size unknown" if document.length is None else f"{document.length:,} bytes"
    if view.at:
        yield "At", moment(view.at)
    yield "Review", head.review_id
    yield "State", state_in_words(view)
    yield "Document", f"{document.container}/{document.name} ({length})"
    yield "SHA-256", document.sha256
    yield "ETag", document.etag
    yield ("Moved to", head.location) if view.at else ("Now", view.whereabouts)
    yield "Case", f"since review {head.case}" if head.previous_review else None
    yield "Submitter", _with_earlier(head.submitter, head.earlier_submitters)
    yield "Modifier", _with_earlier(head.modifier, head.earlier_modifiers)
    if view.replaces:
        yield "Would replace", _published(view.replaces)
    if view.name_taken:
        yield "Cannot publish", _taken(view.name_taken)
    for other in view.same_bytes or ():
        yield "Same bytes", _same_bytes(other)
    yield "Findings", "; ".join(f"{finding.kind}: {finding.detail}" for finding in head.findings) or None
    yield "Waits for", _waits_for(view)
    yield "Next due", due_in_words(view)
    yield "Deadline", moment(head.deadline)
    yield "Policy", f"{policy.document_class}, version {policy.version}, SHA-256 {policy.sha256}"
    if view.policy_now:
        yield "Policy now", f"version {view.policy_now} of the file here has other rules; the review keeps its own"
    if view.rules_known:
        yield from rules(policy)
    else:
        yield "Rules", "not those of now: findings or an escalation have changed them since"


def review_row(view: ReviewView) -> tuple[object, ...]:
    """Return a row of `list`."""
    head = view.head
    decisions = "; ".join(f"{who_decided(row.decision)}: {row.decision.vote}" for row in view.decisions)
    return (
        short_id(head.review_id),
        state_in_words(view),
        f"{head.document.container}/{head.document.name}",
        head.policy.document_class,
        head.submitter,
        due_in_words(view),
        decisions or None,
    )


def state_in_words(view: ReviewView) -> str:
    """Return how far a review is."""
    head = view.head
    reason = f" ({head.reason})" if head.reason else ""
    if head.outcome:
        return f"closed: {head.outcome}{reason}{_retracted(head)}"
    if head.verdict:
        return f"decided: {head.verdict}{reason}"
    if not head.inspected:
        return "open, not yet inspected"
    return f"open, stage {view.stage}" if len(head.policy.stages) > 1 else "open"


def _retracted(head: Head) -> str:
    if head.retraction is None:
        return ""
    return f", {'retracted' if head.retraction.done else 'being retracted'} by {head.retraction.by}"


def due_in_words(view: ReviewView) -> str | None:
    """Return what is due next and when; None if nothing is due."""
    due = view.next_due
    return f"{due.kind} {moment(due.at)}" if due else None


def who_decided(decision: Decision) -> str:
    """Return the reviewer, and whose place the decision fills if not their own."""
    return _in_place_of(decision.reviewer, decision.on_behalf_of)


def who_acted(entry: TimelineEntry) -> str | None:
    """Return the person of a timeline entry, in whose place they acted, and whether they signed."""
    if entry.who is None:
        return None
    return _in_place_of(entry.who, entry.on_behalf_of) + (" (signed)" if entry.signed else "")


def _in_place_of(who: str, on_behalf_of: str | None) -> str:
    return f"{who} for {on_behalf_of}" if on_behalf_of else who


def _published(replaced: PublishedFacts) -> str:
    return f"{replaced.location}, published since {moment(replaced.since)} by review {short_id(replaced.review_id)}"


def _taken(taken: NameTakenFacts) -> str:
    whose = "a blob that no review vouches for"
    if taken.review_id:
        name = taken.location.partition("/")[2]
        whose = f"the document {taken.container}/{name} of review {short_id(taken.review_id)}"
    return f"{taken.location} has been taken since {moment(taken.since)} by {whose}; an approval would end as failed"


def _same_bytes(other: SameBytesFacts) -> str:
    reason = f" ({other.reason})" if other.reason else ""
    end = f"{other.outcome}{reason} {moment(other.closed_at)}" if other.outcome else f"{other.state}"
    votes = f"{quantity(other.approvals, 'approval')}, {quantity(other.rejections, 'rejection')}"
    return f"{other.container}/{other.name}: {end}, {votes}, in review {short_id(other.review_id)}"


def _with_earlier(name: str | None, earlier: tuple[str, ...]) -> str | None:
    if not earlier:
        return name
    return f"{name or 'not named'}; known from earlier versions: {', '.join(earlier)}"


def _waits_for(view: ReviewView) -> str | None:
    if not view.asks:
        return None
    if view.waits_for is None:
        return f"reviewers of the stage {view.stage}; the trail does not name those that it had before the escalation"
    return f"{', '.join(view.waits_for) or 'anyone'} in the stage {view.stage}"


def _earlier_review(view: ReviewView) -> tuple[object, ...]:
    asked = view.requested_changes
    who, changes = (asked.reviewer, asked.comment) if asked else (None, None)
    return short_id(view.head.review_id), state_in_words(view), who, changes


def _decision(decision: Decision) -> tuple[object, ...]:
    signed = "signed" if decision.proof else None
    return moment(decision.enqueued_at), who_decided(decision), decision.vote, signed, decision.comment


def _entry(entry: TimelineEntry) -> tuple[object, ...]:
    time = moment(entry.at) if entry.at else f"{moment(entry.stored_at)} *"
    return time, entry.event.replace("_", " "), who_acted(entry), entry.detail
