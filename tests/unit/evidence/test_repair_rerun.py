"""What became of a moved document is supported by the rules, and so is a repair; what no rule makes of them is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from compliance.copies import Ending, be_replaced, ending_of, move_again, repair, replace_earlier
from compliance.document import review_id
from compliance.history import AuditEvent
from compliance.outcome import Outcome, Verdict
from compliance.review import Head
from compliance.rulings import Transition
from compliance.transitions import close, open_review
from contracts.blob_path import archive_path
from contracts.messages.events import REVIEW_COMPLETED, review_completed
from evidence.chain_check import FaultKind
from evidence.checks import first_fault
from evidence.report import report
from tests.builders import REVIEWER, decision, document, uninspected_review
from tests.journeys import Journey, approved, hour, opened

OLGA, WHY = "olga@example.org", "a copy in published proves it"
NAME = document().name
PUBLISHED, ARCHIVED = f"published/{NAME}", f"archived/{uninspected_review().review_id}/{NAME}"
ENDING = Ending(document(), Verdict.APPROVE, Outcome.APPROVED, None, PUBLISHED, "found")


def uninspected() -> Journey:
    journey = Journey()
    journey.make(open_review(uninspected_review()))
    return journey


def repaired(journey: Journey, ending: Ending, at: float = 9) -> Journey:
    journey.then(lambda head: repair(head, ending, hour(at), OLGA, WHY))
    return journey


def changed(journey: Journey, **changes: Any) -> Journey:
    """Repair a review whose ending differs only in this."""
    assert journey.head
    return repaired(journey, replace(ending_of(journey.head), **changes))


def taking(*steps: Callable[[Head], Transition]) -> Journey:
    journey = approved()
    for step in steps:
        journey.then(step)
    return journey


def fault_of(journey: Journey) -> tuple[str, FaultKind] | None:
    found = first_fault(journey.evidence())
    return (found.where, found.wrong) if found else None


@pytest.mark.parametrize(
    "journey",
    [
        taking(lambda head: be_replaced(head, "later", "kept")),
        taking(lambda head: be_replaced(head, "later", None)),
        taking(lambda head: move_again(head, "second"), lambda head: be_replaced(head, "later", "second")),
        taking(lambda head: move_again(head, "second"), lambda head: move_again(head, None)),
    ],
)
def test_versions_and_second_moves_are_supported(journey: Journey) -> None:
    assert fault_of(journey) is None


def test_so_is_the_version_that_replaces_an_earlier_one() -> None:
    journey = opened()
    journey.decide(decision(reviewer=REVIEWER))
    journey.then(lambda head: replace_earlier(head, "earlier"))
    journey.then(lambda head: close(head, hour(2), PUBLISHED, copy_etag="copy"))

    assert journey.head
    assert (journey.head.replaces, journey.head.outcome) == ("earlier", Outcome.APPROVED)
    assert fault_of(journey) is None


@pytest.mark.parametrize(
    "journey",
    [
        repaired(opened(), ENDING),
        repaired(uninspected(), ENDING),
        repaired(opened(), replace(ENDING, replaced_by="later")),
        repaired(approved(), Ending(document(), Verdict.REJECT, Outcome.REJECTED, None, ARCHIVED, "found")),
        repaired(repaired(approved(), replace(ENDING, location=ARCHIVED)), ENDING, at=10),
        changed(approved(), copy_lost=True),
        changed(changed(approved(), copy_lost=True), copy_lost=False),
        changed(approved(), location=None, copy_etag=None, outcome=Outcome.GONE),
        changed(changed(approved(), location=None), location=f"pending/{NAME}"),
    ],
)
def test_a_repair_is_supported_whatever_the_decisions_came_to(journey: Journey) -> None:
    assert fault_of(journey) is None


def announced(journey: Journey) -> dict[str, Any]:
    assert journey.head
    data = review_completed(journey.head, journey.decisions).wire()
    return {"id": journey.head.review_id, "type": REVIEW_COMPLETED, "data": data}


def restored_and_repaired() -> Journey:
    """Return a review that was approved, published and announced, and whose ledger has lost all of that."""
    return repaired(opened(), ENDING)


def test_an_event_of_before_a_repair_is_not_compared_and_named_as_not_proved() -> None:
    for journey in (restored_and_repaired(), changed(approved(), outcome=Outcome.GONE, location=None, copy_etag=None)):
        evidence = replace(journey.evidence(), event=announced(approved()))
        assert first_fault(evidence) is None
        said = report(evidence, None, from_file=False).not_proved
        assert "the completion event: it was announced before the review was repaired, and was not compared" in said


def test_an_event_of_after_it_is_compared_like_any_other() -> None:
    journey = restored_and_repaired()
    event = announced(journey)
    assert first_fault(replace(journey.evidence(), event=event)) is None
    assert "the completion event" in report(replace(journey.evidence(), event=event), None, from_file=False).anchors
    event["data"]["outcome"] = "rejected"
    found = first_fault(replace(journey.evidence(), event=event))
    assert (found and found.where) == "the completion event"


def test_another_reviews_event_is_foreign_whatever_was_repaired() -> None:
    event = {**announced(approved()), "id": "0" * 64}
    found = first_fault(replace(restored_and_repaired().evidence(), event=event))
    assert (found and found.wrong) is FaultKind.FOREIGN


def test_without_a_repair_an_event_of_lost_records_is_a_fault() -> None:
    journey = opened()
    found = first_fault(replace(journey.evidence(), event=announced(approved())))
    assert (found and found.where) == "the completion event"


def test_a_review_that_was_repaired_goes_on_as_any_other() -> None:
    journey = repaired(opened(), ENDING)
    journey.then(lambda head: be_replaced(head, "later", "kept"))
    assert fault_of(journey) is None


def test_a_repair_from_where_a_very_long_name_is_archived_is_supported() -> None:
    name = "x" * 1000
    opening = uninspected_review(document=document(name=name, sha256=None, length=None, content_type=None))
    opening = replace(opening, review_id=review_id("pending", name, opening.document.etag))
    journey = Journey()
    journey.make(open_review(opening))
    found = Ending(document(name=name), Verdict.APPROVE, Outcome.APPROVED, None, f"published/{name}", "found")
    repaired(journey, replace(found, location=str(archive_path(opening.review_id, name))), at=8)
    repaired(journey, found)
    assert fault_of(journey) is None


@pytest.mark.parametrize("place", ["published/elsewhere.pdf", "archived/another review/annual report.pdf"])
def test_a_repair_to_where_no_document_is_moved_is_not(place: str) -> None:
    journey = changed(approved(), location=place)
    changed(journey, location=PUBLISHED)  # the last place is in the head; of those before, there are only digests
    assert fault_of(journey) == ("record 6", FaultKind.UNSUPPORTED)


def forged(event: AuditEvent, detail: str | None = None, journey: Journey | None = None, **changes: Any) -> Journey:
    """Return a review with a last record of this event, without a time, that makes these changes to its head."""
    journey = journey or approved()
    journey.then(lambda head: Transition.audited(replace(head, **changes), event, None, None, detail))
    return journey


@pytest.mark.parametrize(
    ("journey", "where"),
    [
        (forged(AuditEvent.DOCUMENT_MOVED_AGAIN), "record 6"),  # the copy that it has
        (forged(AuditEvent.DOCUMENT_MOVED_AGAIN, journey=opened(), copy_etag="second"), "record 3"),
        (forged(AuditEvent.DOCUMENT_MOVED_AGAIN, copy_etag="second", outcome=Outcome.REJECTED), "record 6"),
        (forged(AuditEvent.VERSION_REPLACED, "later", journey=opened(), replaced_by="later"), "record 3"),
        (forged(AuditEvent.VERSION_REPLACED, "another", replaced_by="later"), "record 6"),
        (forged(AuditEvent.EARLIER_VERSION_REPLACED, "earlier", replaces="another"), "record 6"),
    ],
)
def test_what_no_rule_makes_of_a_copy_is_not(journey: Journey, where: str) -> None:
    assert fault_of(journey) == (where, FaultKind.UNSUPPORTED)


@pytest.mark.parametrize(
    "changes",
    [
        {},  # as the ledger said before
        {"copy_lost": True, "submitter": "eve@example.org"},
        {"copy_lost": True, "closed_at": hour(9)},
        {"copy_lost": True, "last_seq": 1},
    ],
)
def test_a_repair_of_anything_but_the_ending_is_not(changes: dict[str, Any]) -> None:
    journey = approved()
    journey.then(
        lambda head: Transition.audited(replace(head, **changes), AuditEvent.REVIEW_REPAIRED, hour(9), OLGA, WHY)
    )
    found = fault_of(journey)
    assert found
    assert found[1] is FaultKind.UNSUPPORTED


@pytest.mark.parametrize(("who", "why"), [(None, WHY), (OLGA, None)])
def test_nor_is_one_for_which_nobody_answers_or_without_a_reason(who: str | None, why: str | None) -> None:
    journey = approved()
    journey.then(
        lambda head: Transition.audited(replace(head, copy_lost=True), AuditEvent.REVIEW_REPAIRED, hour(9), who, why)
    )
    assert fault_of(journey) == ("record 6", FaultKind.EDITED)


@pytest.mark.parametrize(
    "journey",
    [
        forged(AuditEvent.VERSION_REPLACED, replaced_by="later"),
        forged(AuditEvent.EARLIER_VERSION_REPLACED, replaces="earlier"),
        forged(AuditEvent.REVIEW_REPAIRED, WHY, copy_lost=True),
    ],
)
def test_nor_is_a_record_that_names_no_other_review_or_no_time(journey: Journey) -> None:
    assert fault_of(journey) == ("record 6", FaultKind.EDITED)
