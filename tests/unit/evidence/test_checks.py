"""Decisions, head and document are what the records commit to, or checking says which is not."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, cast

import pytest

from compliance.people.levels import Level
from compliance.transitions import begin, open_review, withdraw
from contracts.digest import digest_of
from contracts.messages.events import MOST_LISTED, REVIEW_COMPLETED, review_completed
from evidence.chain import FIRST_PREVIOUS, StoredRecord
from evidence.chain_check import FaultKind
from evidence.checks import first_fault
from tests.builders import REQUESTED_AT, SHA256, SUBMITTER, decision, document, policy, uninspected_review
from tests.journeys import Journey, approved

JOURNEY = approved()
EVIDENCE = JOURNEY.evidence()
EVENT: dict[str, Any] = {
    "id": EVIDENCE.review_id,
    "type": REVIEW_COMPLETED,
    "data": review_completed(JOURNEY.heads[-1], JOURNEY.decisions).wire(),
}
COPY: dict[str, Any] = {
    "location": EVIDENCE.head["location"],
    "metadata": {"reviewid": EVIDENCE.review_id, "auditrecord": "4", "auditdigest": EVIDENCE.records[3].digest},
}
COLUMNS = [(number, name) for number, decision in enumerate(EVIDENCE.decisions) for name in decision if name != "seq"]


def fault(**changes: Any) -> tuple[str, FaultKind]:
    found = first_fault(replace(EVIDENCE, **changes))
    assert found
    return found.where, found.wrong


def with_decision(number: int, **changes: Any) -> dict[str, Any]:
    decisions = list(EVIDENCE.decisions)
    decisions[number] = {**decisions[number], **changes}
    return {"decisions": tuple(decisions)}


def test_what_was_written_has_no_fault() -> None:
    digest = EVIDENCE.records[-1].digest
    assert first_fault(replace(EVIDENCE, event=EVENT, copy=COPY, digest=digest, document_sha256=SHA256)) is None


@pytest.mark.parametrize(("number", "column"), COLUMNS)
def test_a_decision_with_one_byte_changed_is_not_the_one_that_was_recorded(number: int, column: str) -> None:
    value = EVIDENCE.decisions[number][column]
    edited = with_decision(number, **{column: chr(ord(value[0]) ^ 1) + value[1:]})
    assert fault(**edited) == (f"decision {number + 1}, of record {number + 3}", FaultKind.EDITED)


def test_a_decision_that_has_no_canonical_form_is_edited() -> None:
    assert fault(**with_decision(0, comment=2**60)) == ("decision 1, of record 3", FaultKind.EDITED)


@pytest.mark.parametrize("number", [0, 1])
def test_a_decision_with_a_word_added_is_not_the_one_that_was_recorded(number: int) -> None:
    assert fault(**with_decision(number, note="added")) == (
        f"decision {number + 1}, of record {number + 3}",
        FaultKind.EDITED,
    )


@pytest.mark.parametrize("number", [0, 1])
def test_a_decision_that_was_deleted_is_missed(number: int) -> None:
    kept = EVIDENCE.decisions[:number] + EVIDENCE.decisions[number + 1 :]
    assert fault(decisions=kept) == (f"decision {number + 1}, of record {number + 3}", FaultKind.MISSING)


def test_a_decision_that_nobody_recorded_is_foreign() -> None:
    added = (*EVIDENCE.decisions, {**EVIDENCE.decisions[0], "seq": 3})
    assert fault(decisions=added) == ("decision 3", FaultKind.FOREIGN)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "rejected"},
        {"location": "published/elsewhere.pdf"},
        {"submitter": None},
        {"deadline": "2027-01-01T00:00:00Z"},
        {"document": {**EVIDENCE.head["document"], "sha256": "0" * 64}},
        {"policy": {**EVIDENCE.head["policy"], "approvalsNeeded": 1}},
        {"policy": {**EVIDENCE.head["policy"], "version": "2"}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_head_that_says_other_things_than_the_records_is_edited(changes: dict[str, Any]) -> None:
    head = {name: value for name, value in {**EVIDENCE.head, **changes}.items() if value is not None}
    assert fault(head=head) == ("the review's head", FaultKind.EDITED)


def chained(*contents: dict[str, Any]) -> dict[str, Any]:
    """Return records as a forger of the whole trail makes them: each is chained to the one before."""
    records: list[StoredRecord] = []
    for seq, content in enumerate(contents, 1):
        linked = {**content, "seq": seq, "previous": records[-1].digest if records else FIRST_PREVIOUS}
        records.append(StoredRecord(linked, digest_of(linked), EVIDENCE.records[0].stored_at))
    return {"records": tuple(records), "lastAudit": len(records), "auditDigest": records[-1].digest}


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "decision_recorded", "facts": {}},
        {"event": "review_withdrawn", "at": "2026-03-02T09:30:00Z", "facts": {}},
        {"event": "review_withdrawn", "who": "ana", "facts": {}},
    ],
)
def test_a_rewritten_record_that_does_not_tell_what_its_event_needs_is_a_fault(changes: dict[str, Any]) -> None:
    kept = [record.content for record in EVIDENCE.records]
    forged = chained(*kept, {"reviewId": EVIDENCE.review_id, **changes})
    head = {**EVIDENCE.head, "lastAudit": forged["lastAudit"], "auditDigest": forged["auditDigest"]}
    assert fault(records=forged["records"], head=head) == ("record 6", FaultKind.EDITED)


def test_a_proof_of_a_withdrawal_that_no_record_tells_of_is_foreign() -> None:
    proof = {"withdrawalProofSha256": hashlib.sha256(b"a.b.c").hexdigest()}
    first, *others = [record.content for record in EVIDENCE.records]
    forged = chained({**first, "facts": {**first["facts"], **proof}}, *others)
    head = {**EVIDENCE.head, "auditDigest": forged["auditDigest"], "withdrawalProof": "a.b.c"}

    assert fault(records=forged["records"], head=head) == ("the review's head", FaultKind.FOREIGN)


def test_a_document_under_another_name_is_not_the_one_of_the_review() -> None:
    document = {**EVIDENCE.head["document"], "name": "reports/other.pdf"}
    assert fault(head={**EVIDENCE.head, "document": document}) == ("the document", FaultKind.FOREIGN)


def test_other_bytes_are_not_those_decided_on() -> None:
    assert fault(document_sha256="0" * 64) == ("the document", FaultKind.EDITED)


@pytest.mark.parametrize(
    ("event", "where", "wrong"),
    [
        ({**EVENT, "id": "0" * 64}, "the completion event", FaultKind.FOREIGN),
        ({**EVENT, "data": {**EVENT["data"], "outcome": "rejected"}}, "the completion event", FaultKind.EDITED),
        ({**EVENT, "data": {**EVENT["data"], "location": "published/x"}}, "the completion event", FaultKind.EDITED),
        (
            {**EVENT, "data": {**EVENT["data"], "closedAt": "2026-01-01T00:00:00Z"}},
            "the completion event",
            FaultKind.EDITED,
        ),
        ({**EVENT, "data": {**EVENT["data"], "decisions": []}}, "the completion event", FaultKind.EDITED),
        ({**EVENT, "data": {**EVENT["data"], "decisionCount": 3}}, "the completion event", FaultKind.EDITED),
        ({**EVENT, "data": {**EVENT["data"], "auditDigest": "0" * 64}}, "record 5", FaultKind.EDITED),
        ({**EVENT, "data": {**EVENT["data"], "auditRecords": 4}}, "record 4", FaultKind.EDITED),
        ({**EVENT, "data": {**EVENT["data"], "auditRecords": 6}}, "record 6", FaultKind.MISSING),
    ],
)
def test_an_event_that_tells_another_story_is_a_fault(event: dict[str, Any], where: str, wrong: FaultKind) -> None:
    assert fault(event=event) == (where, wrong)


DATA: dict[str, Any] = EVENT["data"]


@pytest.mark.parametrize(
    "changes",
    [
        {"reviewId": "0" * 64},
        {"caseId": "0" * 64},
        {"document": {**DATA["document"], "name": "reports/other.pdf"}},
        {"document": {**DATA["document"], "findings": [{"kind": "malware", "detail": "found"}]}},
        {"policy": {**DATA["policy"], "version": "2"}},
        {"decisions": 2},
        {"decisions": [2, 2]},
        {"decisions": [{**DATA["decisions"][0], "onBehalfOf": "eve"}, DATA["decisions"][1]]},
        {"decisionCount": "2"},
        {"previousReview": "0" * 64},
        {"location": None},
    ],
    ids=str,
)
def test_each_part_of_the_event_that_the_records_know_is_compared(changes: dict[str, Any]) -> None:
    event = {**EVENT, "data": {**DATA, **changes}}
    assert fault(event=event) == ("the completion event", FaultKind.EDITED)


def test_an_event_of_another_type_is_foreign() -> None:
    event = {**EVENT, "type": "compliance.decision.refused.v1"}
    assert fault(event=event) == ("the completion event", FaultKind.FOREIGN)


@pytest.mark.parametrize("added", [{"note": None}, {"location": None}, {"withdrawalProof": ""}], ids=str)
def test_a_head_with_an_empty_member_is_not_as_it_was_written(added: dict[str, Any]) -> None:
    assert fault(head={**EVIDENCE.head, **added})[0] == "the review's head"


@pytest.mark.parametrize(("left_out", "sound"), [(0, True), (1, False)])
def test_the_event_of_many_decisions_must_tell_the_last_of_them(left_out: int, sound: bool) -> None:
    journey = approved(approvals=MOST_LISTED + 2)
    told = review_completed(journey.heads[-1], journey.decisions).wire()
    told["decisions"] = cast(list[Any], told["decisions"])[left_out:]
    evidence = journey.evidence()

    found = first_fault(replace(evidence, event={**EVENT, "id": evidence.review_id, "data": told}))

    assert (found is None) == sound


@pytest.mark.parametrize(
    ("copy", "where", "wrong"),
    [
        ({**COPY, "location": "published/x"}, "the metadata of the moved document", FaultKind.FOREIGN),
        ({**COPY, "metadata": {"reviewid": "0" * 64}}, "the metadata of the moved document", FaultKind.FOREIGN),
        ({**COPY, "metadata": {**COPY["metadata"], "auditdigest": "0" * 64}}, "record 4", FaultKind.EDITED),
        ({**COPY, "metadata": {**COPY["metadata"], "auditrecord": "four"}}, "record 0", FaultKind.MISSING),
    ],
)
def test_a_copy_that_tells_another_story_is_a_fault(copy: dict[str, Any], where: str, wrong: FaultKind) -> None:
    assert fault(copy=copy) == (where, wrong)


def test_a_digest_that_somebody_kept_must_be_one_of_the_trail() -> None:
    assert all(first_fault(replace(EVIDENCE, digest=record.digest)) is None for record in EVIDENCE.records)


def test_a_digest_that_no_record_has_blames_no_record() -> None:
    assert fault(digest="0" * 64) == ("the digest that you gave", FaultKind.MISSING)


def asked_for_proofs() -> Journey:
    """Return a review whose policy demands proofs, but that has none. The app never writes one."""
    journey = Journey()
    journey.make(open_review(uninspected_review(policy=policy(proof=Level.OWN_KEY, verification_keys="keys.json"))))
    journey.then(lambda head: begin(head, document(), REQUESTED_AT, None))
    return journey


def test_a_decision_without_the_proof_that_the_policy_asks_for_is_a_fault() -> None:
    journey = asked_for_proofs()
    journey.decide(decision())
    found = first_fault(journey.evidence())

    assert found
    assert (found.where, found.wrong) == ("decision 1", FaultKind.MISSING)


def test_so_is_a_withdrawal() -> None:
    journey = asked_for_proofs()
    journey.then(lambda head: withdraw(head, SUBMITTER, REQUESTED_AT, "a mistake"))
    found = first_fault(journey.evidence())

    assert found
    assert (found.where, found.wrong) == ("the withdrawal", FaultKind.MISSING)
