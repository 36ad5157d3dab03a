"""`compliance show --at`: a review as it was at a moment of its past, from its audit trail alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import typer

from adapters.evidence import FaultError
from cli.evidence_at_hand import evidence_in_ledger
from cli.failures import CommandError, ExitCode
from cli.progress import who_decided
from cli.session import Session, in_session
from cli.terminal import OUT, facts, moment, print_json, table
from contracts.chain_check import Fault
from contracts.evidence import first_wrong
from contracts.outbound import OutboundModel
from contracts.past_state import PastState, state_at

_FIRST: Final = ("state", "verdict", "outcome", "reason", "submitter", "deadline")


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
    at = _moment(time)

    async def read(session: Session) -> tuple[str, PastState | None]:
        try:
            found = await evidence_in_ledger(session.app.ledger, review)
        except FaultError as error:
            raise _not_sound(error.fault) from error
        if fault := first_wrong(found):
            raise _not_sound(fault)
        return found.review_id, state_at(found.lines, at)

    review_id, state = in_session(context, read)
    if state is None:
        raise CommandError(f"review {review_id} was not open yet at {moment(at)}", ExitCode.NOT_FOUND)
    past = PastReview(
        review_id=review_id,
        at=at,
        records=state.records,
        facts=state.facts,
        decisions=tuple(PastDecision.model_validate(said) for said in state.decisions),
    )
    if as_json:
        print_json(past)
        return
    OUT.print(facts([("Review", review_id), ("At", moment(at)), ("Records by then", past.records), *_facts(past)]))
    if past.decisions:
        OUT.print()
        rows = ((moment(said.enqueued_at), who_decided(said), said.decision) for said in past.decisions)
        OUT.print(table(("Decided", "Reviewer", "Decision"), rows))


def _facts(past: PastReview) -> Iterator[tuple[str, object]]:
    for name in (*_FIRST, *sorted(past.facts.keys() - set(_FIRST))):
        value = past.facts.get(name)
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", said) for inner, said in sorted(value.items()))
        elif value is not None:
            yield name, value


def _moment(text: str) -> datetime:
    try:
        said = datetime.fromisoformat(text)
    except ValueError as error:
        example = "such as 2026-03-02T09:30 or 2026-03-02T10:30:00+01:00"
        raise CommandError(f"{text!r} is no time; write it as ISO 8601, {example}", ExitCode.USAGE) from error
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def _not_sound(fault: Fault) -> CommandError:
    return CommandError(f"the past cannot be told, the evidence is not sound: {fault}", ExitCode.REFUSED)
