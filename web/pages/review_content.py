"""One review as its page shows it, from what was read of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.ledger.store import StoredReview
from compliance.content import ContentFinding
from compliance.outcome import ReviewState, Vote
from compliance.policy import Policy
from compliance.turnaround import overdue_since
from compliance.verdict import approvals_given, tally_of
from contracts.messages.outbound import NameTakenFacts, PublishedFacts, SameBytesFacts
from contracts.names import PUBLISHED
from contracts.plain_text import quantity
from reviews.wording.rules import rules
from reviews.wording.words import FINDINGS
from web.pages.answer_words import as_sentence
from web.pages.status_words import decided_by, state_of
from web.pages.timeline import History, events_shown, strip_of
from web.pages.view_models import EarlierShown, Effect, ReviewShown, Viewer
from web.pages.who_decides import stages_shown

_NOT_ON_PAGES: Final = ("Content", "Documents", "Statement")  # said beside the form, or too long
_REFUSABLE: Final = [  # all but what every policy refuses, or refuses only with a scan
    kind
    for kind in ContentFinding
    if kind not in (ContentFinding.TYPE_NOT_ALLOWED, ContentFinding.MALWARE, ContentFinding.SCAN_MISSING)
]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a review beside itself."""

    history: History = ()
    earlier: Sequence[StoredReview] = ()  # of the same case, newest first
    replaces: PublishedFacts | None = None
    taken: NameTakenFacts | None = None
    same_bytes: Sequence[SameBytesFacts] = ()
    viewer: Viewer | None = None
    is_readable: bool = True


def review_shown(
    review: StoredReview, known: Known, now: datetime, is_me: Callable[[str], bool] = lambda _: False
) -> ReviewShown:
    """Return what everybody who may see a review sees of it. `is_me` detects the reader's names."""
    head, decisions = review.head, review.decisions
    state, document = state_of(head, decisions, is_me), head.document
    stages = list(stages_shown(head, decisions))
    told = {person.comment for stage in stages for person in stage.people}
    waits = head.state is ReviewState.OPEN and head.deadline is not None
    since = overdue_since(head, now)
    return ReviewShown(
        review_id=head.review_id,
        name=document.name,
        document_class=head.policy.document_class,
        submitter=head.submitter,
        submitted_at=head.submitted_at or (known.history[0][1] if known.history else None),
        length=document.length,
        document_sha256=document.sha256,
        viewer=known.viewer,
        is_readable=known.is_readable,
        mood=state.mood,
        state=state.word,
        sentence=state.sentence,
        due=(since or head.deadline) if waits else None,
        ended_at=head.closed_at,
        is_overdue=since is not None,
        effect=effect_of_approval(review, known.replaces, known.taken) if waits else None,
        findings=[(_first_capital(FINDINGS[found.kind]), as_sentence(found.detail)) for found in head.findings],
        stages=stages,
        events=list(events_shown(known.history, decisions, told)),
        strip=strip_of(head, known.history, decisions, now),
        earlier=list(map(_earlier, known.earlier)),
        same_bytes=list(map(_same_bytes, known.same_bytes)),
        rules=list(rules_shown(head.policy)),
    )


def effect_of_approval(review: StoredReview, replaces: PublishedFacts | None, taken: NameTakenFacts | None) -> Effect:
    """Return what an approval would do now."""
    head = review.head
    tally = tally_of(review.decisions, head.policy, head.barred)
    given, needed = approvals_given(tally, head.policy, head.barred)
    is_last = tally.stage == len(head.policy.stages) - 1 and needed - given <= 1
    return Effect(
        taken.location if taken else replaces.location if replaces else f"{PUBLISHED}/{head.document.name}",
        replaces.since if replaces else None,
        replaces.review_id if replaces else None,
        is_last,
        taken is not None,
    )


def rules_shown(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield a policy's rules, each with its heading."""
    yield "Class", f"{policy.document_class}, version {policy.version} of the policy"
    yield from ((what, text) for what, text in rules(policy) if what not in _NOT_ON_PAGES)
    refused = [FINDINGS[kind] for kind in _REFUSABLE if policy.content.measure(kind).refuse]
    if refused:
        yield "Refused", f"at once, if the inspection finds: {', '.join(refused)}"


def _earlier(review: StoredReview) -> EarlierShown:
    head, state = review.head, state_of(review.head, review.decisions)
    asked = [row.decision for row in review.decisions if row.decision.vote is not Vote.APPROVE and row.decision.comment]
    last = asked[-1] if asked else None
    by, comment = (decided_by(last), last.comment) if last else (None, None)
    return EarlierShown(head.review_id, state.mood, state.word, head.closed_at, by, comment)


def _same_bytes(other: SameBytesFacts) -> str:
    votes = f"{quantity(other.approvals, 'approval')}, {quantity(other.rejections, 'rejection')}"
    return f"{other.container}/{other.name}: {other.outcome or other.state}, {votes}"


def _first_capital(text: str) -> str:
    return text[:1].upper() + text[1:]
