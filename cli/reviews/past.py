"""`compliance show --at`: a review as it was at a moment of its past, from its audit trail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import typer

from adapters.ledger.store import StoredReview
from adapters.stored_evidence import FaultError
from cli.evidence_at_hand import evidence_in_ledger
from cli.failures import CommandError, ExitCode
from cli.reviews.rules import rules
from cli.reviews.wording import due_in_words, waits_for, who_decided
from cli.reviews.wording import state as standing
from cli.session import Session, in_session
from cli.terminal import OUT, facts, moment, print_json, table
from compliance.outcome import ReviewState
from compliance.review import RecordedDecision
from contracts.models import OutboundModel
from evidence.chain import decision_in
from evidence.chain_check import Fault
from evidence.checks import Evidence, first_wrong
from evidence.past_state import PastState, has_last_policy, head_then, state_at

_FRACTION: Final = re.compile(r":\d\d[.,]\d")  # of a second


class PastDecision(OutboundModel):
    """A decision that had counted by then; its words are in the ledger and in `compliance evidence`."""

    seq: int
    decision: str
    reviewer: str
    enqueued_at: datetime
    sha256: str
    on_behalf_of: str | None = None


class PastReview(OutboundModel):
    """A review as it was. `facts` are those of its head, names of documents by their SHA-256."""

    review_id: str
    at: datetime
    records: int
    facts: dict[str, Any]
    decisions: tuple[PastDecision, ...]


def show_past(context: typer.Context, review: str, time: str, as_json: bool) -> None:
    """Print the review's state at a moment. Raises CommandError."""
    at = moment_said(time)

    async def read(session: Session) -> tuple[Evidence, PastState | None]:
        try:
            found = await evidence_in_ledger(session.app.ledger, review)
        except FaultError as error:
            raise _not_sound(error.fault) from error
        if fault := first_wrong(found):
            raise _not_sound(fault)
        return found, state_at(found.lines, at)

    found, state = in_session(context, read)
    if state is None:
        raise CommandError(f"review {found.review_id} was not open yet at {moment(at)}", ExitCode.NOT_FOUND)
    if as_json:
        print_json(_shape(found.review_id, at, state))
        return
    OUT.print(facts([("At", moment(at)), ("Records by then", state.records), *past_in_words(found, state)]))
    if state.decisions:
        OUT.print()
        OUT.print(table(("Decided", "Reviewer", "Decision", "Comment"), _decided(_said_by_then(found, state))))


def past_in_words(found: Evidence, state: PastState) -> Iterator[tuple[str, object]]:
    """What was known then, as `compliance show` tells what is known now; each fact with its heading."""
    head = head_then(state, found.head)
    document, policy = head.document, head.policy
    length = "size unknown" if document.length is None else f"{document.length:,} bytes"
    review = StoredReview(head, _said_by_then(found, state), etag="")  # of the past: nothing can replace it
    yield "Review", head.review_id
    yield "State", standing(review)
    yield "Document", f"{document.container}/{document.name} ({length})"
    yield "SHA-256", document.sha256
    yield "ETag", document.etag
    yield "Moved to", head.location
    yield "Case", f"since review {head.case}" if head.previous_review else None
    yield "Submitter", head.submitter
    yield "Changed last by", head.modifier
    yield "Findings", "; ".join(f"{finding.kind}: {finding.detail}" for finding in head.findings) or None
    last_policy = has_last_policy(state, found.head)
    yield "Waits for", _waits_for(review, last_policy)
    yield "Next due", due_in_words(head)
    yield "Deadline", moment(head.deadline)
    yield "Policy", f"{policy.document_class}, version {policy.version}, SHA-256 {policy.sha256}"
    if last_policy:
        yield from rules(policy)
    else:
        yield "Rules", "others than now: findings or an escalation have changed them since"


def moment_said(text: str) -> datetime:
    """A moment of the past: of a second, minute or day the last of its first second, as times are shown to the second.

    Raises CommandError.
    """
    try:
        said = datetime.fromisoformat(text)
        at = said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        example = "such as 2026-03-02T09:30 or 2026-03-02T10:30:00+01:00"
        raise CommandError(f"{text!r} is no time; write it as ISO 8601, {example}", ExitCode.USAGE) from error
    return at if _FRACTION.search(text) else at.replace(microsecond=999_999)


def _waits_for(review: StoredReview, last_policy: bool) -> str | None:
    head = review.head
    if head.state is not ReviewState.OPEN or not head.inspected:
        return None
    stage = f"the stage {head.policy.stages[head.stage].name}"
    if not last_policy:
        return f"reviewers of {stage}; the trail does not name those that it had before the escalation"
    return f"{', '.join(waits_for(review)) or 'anyone'} in {stage}"


def _said_by_then(found: Evidence, state: PastState) -> list[RecordedDecision]:
    counted = {said["seq"] for said in state.decisions}
    return [decision_in(content) for content in found.decisions if content["seq"] in counted]


def _decided(recorded: list[RecordedDecision]) -> Iterator[tuple[object, ...]]:
    for said in (row.decision for row in recorded):
        yield moment(said.enqueued_at), who_decided(said), said.verdict, said.comment


def _shape(review_id: str, at: datetime, state: PastState) -> PastReview:
    return PastReview(
        review_id=review_id,
        at=at,
        records=state.records,
        facts=state.facts,
        decisions=tuple(PastDecision.model_validate(said) for said in state.decisions),
    )


def _not_sound(fault: Fault) -> CommandError:
    return CommandError(f"the past cannot be told, the evidence is not sound: {fault}", ExitCode.REFUSED)
