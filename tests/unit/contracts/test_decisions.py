"""What others send is taken exactly: nothing required is made up, unknown keys are for later versions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.messages.decisions import (
    ChangesRequestedV1,
    DecisionSubmittedV1,
    DelegationV1,
    ReviewWithdrawnV1,
    parse_decision,
)
from contracts.messages.strict_json import MalformedMessageError
from contracts.messages.submissions import BlobCreated, DocumentSubmittedV1, parse_submission, read_announcement
from contracts.models import InboundModel
from tests.malformed import (
    BLOB_CREATED,
    CHANGES_REQUESTED,
    DECISION,
    DELEGATION,
    GRID_EVENT,
    REVIEW_ID,
    SHA256,
    SUBMISSION,
    WITHDRAWAL,
    altered,
    grid_event,
)

FULL_DECISION = {
    **DECISION,
    "comment": "page 3 names a customer",
    "documentSha256": SHA256,
    "etag": '"0x8DC"',
    "decidedAt": "2026-03-02T10:30:00Z",
    "proof": "eyJhbGciOi",
}


def decided(**changes: Any) -> DecisionSubmittedV1:
    """Return a complete decision with some fields changed."""
    parsed = parse_decision(altered(FULL_DECISION, **changes))
    assert isinstance(parsed, DecisionSubmittedV1)
    return parsed


class TestDecisions:
    def test_every_field_is_taken_as_it_was_sent(self) -> None:
        assert decided().model_dump(by_alias=True) == FULL_DECISION

    def test_a_message_without_a_type_is_a_decision(self) -> None:
        untyped = {name: value for name, value in DECISION.items() if name != "type"}
        assert parse_decision(json.dumps(untyped).encode()) == parse_decision(altered(DECISION))

    def test_a_withdrawal_is_told_apart_by_its_type(self) -> None:
        withdrawal = parse_decision(altered(WITHDRAWAL))
        assert isinstance(withdrawal, ReviewWithdrawnV1)
        assert (withdrawal.review_id, withdrawal.by, withdrawal.reason) == (REVIEW_ID, "sam@example.org", "wrong file")

    def test_a_delegation_is_told_apart_by_its_type(self) -> None:
        said = parse_decision(altered(DELEGATION))
        assert isinstance(said, DelegationV1)
        taken = said.delegation(datetime(2026, 8, 1, tzinfo=UTC))

        assert (taken.by, taken.to) == ("ana@example.org", "zoe@example.org")
        assert taken.starts == datetime(2026, 8, 3, tzinfo=UTC)
        assert taken.ends == datetime(2026, 8, 14, 21, 59, 59, tzinfo=UTC)

    def test_a_request_for_changes_is_told_apart_by_its_type(self) -> None:
        asked = parse_decision(altered(CHANGES_REQUESTED, documentSha256=SHA256))
        assert isinstance(asked, ChangesRequestedV1)
        assert (asked.decision, asked.comment) == ("request_changes", "name the customer on page 3")
        other = parse_decision(altered(CHANGES_REQUESTED, documentSha256=SHA256, comment="and on page 4"))

        assert isinstance(other, ChangesRequestedV1)
        assert other.digest() != asked.digest()

    @pytest.mark.parametrize("field", sorted(set(FULL_DECISION) - {"type"}))
    def test_other_words_have_another_digest(self, field: str) -> None:
        others = {"decision": "reject", "reviewId": "f" * 64, "documentSha256": "0" * 64}
        assert decided(**{field: others.get(field, "other")}).digest() != decided().digest()

    def test_the_digest_covers_what_was_said_and_not_how_it_was_written(self) -> None:
        pretty = json.dumps(dict(reversed(FULL_DECISION.items())), indent=2, ensure_ascii=False).encode()
        again = parse_decision(pretty)

        assert isinstance(again, DecisionSubmittedV1)
        assert again.digest() == decided().digest() == decided(laterKey=1).digest()
        assert decided(comment=None).digest() == parse_digest_without("comment")

    @given(one=st.text(max_size=6), other=st.text(max_size=6))
    def test_text_cannot_move_between_fields(self, one: str, other: str) -> None:
        here, there = decided(comment=one, proof=other), decided(comment=other, proof=one)
        assert (here.digest() == there.digest()) == (one == other)


def parse_digest_without(field: str) -> str:
    """Return the digest of a decision that lacks a field."""
    less = parse_decision(json.dumps({name: said for name, said in FULL_DECISION.items() if name != field}).encode())
    assert isinstance(less, DecisionSubmittedV1)
    return less.digest()


class TestSubmissions:
    def test_a_submission_carries_class_and_submitter(self) -> None:
        said = {
            **SUBMISSION,
            "container": "submissions",
            "documentClass": "contracts",
            "submitter": "Zoë",
            "modifier": "Ann",
        }
        assert parse_submission(altered(said)).model_dump(by_alias=True) == said

    def test_storages_event_announces_the_same_document_as_a_submission(self) -> None:
        assert parse_submission(altered(BLOB_CREATED)) == parse_submission(altered(SUBMISSION))

    @pytest.mark.parametrize("event", [altered(BLOB_CREATED), altered(GRID_EVENT), grid_event()])
    def test_both_schemas_of_event_grid_announce_the_same_document_and_its_time(self, event: bytes) -> None:
        announced = read_announcement(event)
        assert announced.submission == parse_submission(altered(SUBMISSION))
        assert announced.written_at == datetime(2026, 3, 2, 9, 30, 0, 123456, UTC)

    def test_a_sender_does_not_say_when_storage_wrote_the_document(self) -> None:
        assert read_announcement(altered(SUBMISSION, time="2026-03-02T09:30:00Z")).written_at is None

    @pytest.mark.parametrize(
        "name",
        ["a", "a/blobs/b", "a/containers/pending/blobs/b", "50%25 off.pdf", "Zoë #1?.pdf", " a ", ".a"],
    )
    def test_the_blob_name_is_what_the_subject_says_after_the_container(self, name: str) -> None:
        event = altered(BLOB_CREATED, subject=f"/blobServices/default/containers/submissions/blobs/{name}")
        announced = parse_submission(event)
        assert (announced.container, announced.name, announced.etag) == (
            "submissions",
            name,
            BLOB_CREATED["data"]["eTag"],
        )


@pytest.mark.parametrize(
    "model",
    [DecisionSubmittedV1, ChangesRequestedV1, ReviewWithdrawnV1, DelegationV1, DocumentSubmittedV1, BlobCreated],
)
def test_only_the_default_type_and_absence_are_defaults(model: type[InboundModel]) -> None:
    defaults = {name: field.default for name, field in model.model_fields.items() if not field.is_required()}
    assert set(defaults.values()) <= {None, "DecisionSubmittedV1"}
    assert model is DecisionSubmittedV1 or "type" not in defaults


@pytest.mark.parametrize("good", [DECISION, CHANGES_REQUESTED, WITHDRAWAL, DELEGATION])
def test_keys_of_later_versions_change_nothing(good: dict[str, Any]) -> None:
    assert parse_decision(altered(good, urgency="high", by_the_way={"a": [1]})) == parse_decision(altered(good))


@pytest.mark.parametrize("good", [SUBMISSION, BLOB_CREATED])
def test_keys_of_later_submissions_change_nothing(good: dict[str, Any]) -> None:
    assert parse_submission(altered(good, urgency="high", by_the_way={"a": [1]})) == parse_submission(altered(good))


def test_keys_are_camel_case_and_nothing_else() -> None:
    with pytest.raises(MalformedMessageError, match="decisionId: Field required"):
        parse_decision(altered({**DECISION, "decision_id": "x"}).replace(b'"decisionId"', b'"DecisionId"'))
