"""A retraction is supported by the rules and proved by its proof; one that an insider made up is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from compliance.history import AuditEvent
from compliance.retraction import finish_retraction, retract
from compliance.review import Head, Retraction
from compliance.rulings import Ruling, Transition
from contracts.messages.events import REVIEW_COMPLETED, review_completed
from contracts.proofs.key_set import key_set, parse_jwk_set
from evidence.chain_check import FaultKind
from evidence.checks import Evidence, first_fault
from evidence.past_state import past_head, state_after
from evidence.proof_check import first_proof_fault, signed_messages
from tests.builders import REVIEWER
from tests.journeys import Journey, approved, hour
from tests.signing_keys import key_set_text, signer

WHY = "it names a customer"
ARCHIVED = "archived/0/annual report.pdf"
rita = signer("rita-r", REVIEWER)


def by(who: str = REVIEWER, at: float = 9, proof: str | None = None) -> Callable[[Head], Ruling]:
    def step(head: Head) -> Ruling:
        ruling = retract(head, who, hour(at), WHY)
        assert ruling
        proven = replace(ruling.head, retraction_proof=proof)
        return replace(ruling, transition=replace(ruling.transition, head=proven))

    return step


def retracted(location: str | None = ARCHIVED, proof: str | None = None) -> Journey:
    journey = approved()
    journey.then(by(proof=proof))
    journey.then(lambda head: finish_retraction(head, location))
    return journey


def fault_of(evidence: Evidence) -> tuple[str, FaultKind] | None:
    found = first_fault(evidence)
    return (found.where, found.wrong) if found else None


def event_of(journey: Journey, record: int) -> dict[str, Any]:
    """Return the completion event as it was announced after so many records."""
    head = journey.heads[record - 1]
    data = review_completed(head, journey.decisions).wire()
    return {"id": head.review_id, "type": REVIEW_COMPLETED, "data": data}


@pytest.mark.parametrize("location", [ARCHIVED, None])
def test_it_is_supported(location: str | None) -> None:
    assert fault_of(retracted(location).evidence()) is None


def test_so_is_one_that_is_not_done_yet() -> None:
    journey = approved()
    journey.then(by())
    assert fault_of(journey.evidence()) is None


@pytest.mark.parametrize("record", [5, 6, 7])
def test_the_completion_event_of_before_and_after_it_is_sound(record: int) -> None:
    journey = retracted()
    assert fault_of(replace(journey.evidence(), event=event_of(journey, record))) is None


@pytest.mark.parametrize("location", ["published/elsewhere", None])
def test_a_completion_event_with_another_place_is_not(location: str | None) -> None:
    journey = retracted()
    event = event_of(journey, 5)
    event["data"]["location"] = location
    assert fault_of(replace(journey.evidence(), event=event)) == ("the completion event", FaultKind.EDITED)


def forged(event: AuditEvent, who: str | None = REVIEWER, **changes: Any) -> Journey:
    journey = approved()
    head = replace(journey.heads[-1], **changes)
    journey.make(Transition.audited(head, event, hour(9), who, WHY))
    return journey


@pytest.mark.parametrize(
    ("journey", "kind"),
    [
        (forged(AuditEvent.DOCUMENT_RETRACTED), FaultKind.UNSUPPORTED),
        (
            forged(AuditEvent.RETRACTION_REQUESTED, retraction=Retraction("eve", hour(9), done=True)),
            FaultKind.UNSUPPORTED,
        ),
        (forged(AuditEvent.RETRACTION_REQUESTED, who=None), FaultKind.EDITED),
    ],
)
def test_what_no_rule_makes_is_not(journey: Journey, kind: FaultKind) -> None:
    assert fault_of(journey.evidence()) == ("record 6", kind)


def test_before_the_review_is_approved_it_is_not() -> None:
    journey = approved()
    cut = Journey(journey.heads[:4], journey.records[:4], journey.decisions, journey.written[:4])
    head = replace(cut.heads[-1], retraction=Retraction(REVIEWER, hour(2)))
    cut.make(Transition.audited(head, AuditEvent.RETRACTION_REQUESTED, hour(2), REVIEWER, WHY))
    assert fault_of(cut.evidence()) == ("record 5", FaultKind.UNSUPPORTED)


def test_a_proof_that_no_record_names_is_foreign() -> None:
    journey = approved()
    evidence = journey.evidence()
    forged_head = journey.heads[-1]
    journey.heads[-1] = replace(forged_head, retraction_proof="a.b.c")
    assert fault_of(replace(evidence, head=journey.evidence().head)) == ("the review's head", FaultKind.EDITED)


def test_its_proof_is_that_of_the_person_who_took_it_back() -> None:
    journey = retracted(proof="a.b.c")
    [(where, statement, _, at, _)] = signed_messages(journey.evidence())
    claims = {
        "aud": "document-compliance:review-decisions",
        "iat": int((at - timedelta(minutes=1)).timestamp()),
        "reviewId": statement.review_id,
        "decision": "retract",
        "reviewer": REVIEWER,
        "documentSha256": statement.document_sha256,
        "commentSha256": statement.comment_sha256,
    }
    keys = key_set(parse_jwk_set(key_set_text(rita.jwk()).encode(), "keys"))

    assert where == "the proof of the retraction"
    assert first_proof_fault(retracted(proof=rita.sign(claims)).evidence(), keys) is None
    other = retracted(proof=rita.sign(claims | {"decision": "withdraw"})).evidence()
    assert first_proof_fault(other, keys) is not None


def test_the_past_before_it_is_known() -> None:
    journey = retracted()
    state = state_after(journey.records, 6)
    assert state
    past = past_head(state, journey.evidence().head)
    assert past.retraction == Retraction(REVIEWER, hour(9))
