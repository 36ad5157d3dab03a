"""`docs/asyncapi.yaml` documents every channel and message, by reference to the committed schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts import names
from contracts.messages.commands import parse_command
from contracts.messages.decisions import parse_decision
from contracts.messages.events import (
    DECISION_REFUSED,
    DOCUMENT_RETRACTED,
    EVENT_SOURCE,
    REVIEW_COMPLETED,
    SUBMISSION_REFUSED,
)
from contracts.messages.outbound import DecisionAnsweredV1
from contracts.messages.submissions import parse_submission
from contracts.models import OutboundModel
from contracts.schema_export import CONTRACTS, DIRECTORY

DOCUMENT = Path(__file__).parents[3] / "docs" / "asyncapi.yaml"
SPECIFICATION: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
MESSAGES: dict[str, Any] = SPECIFICATION["components"]["messages"]


def references(part: object) -> Iterator[str]:
    """Yield every `$ref` below a part of the document."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for item in part:
            yield from references(item)


def resolved(reference: str) -> Any:
    """Return what a reference points to. Raises KeyError or FileNotFoundError if there is nothing."""
    file, _, pointer = reference.partition("#")
    found = json.loads((DOCUMENT.parent / file).read_text(encoding="utf-8")) if file else SPECIFICATION
    for step in pointer.split("/")[1:]:
        found = found[step]
    return found


def schema_files(part: object) -> set[Path]:
    """Return the committed schemas to which a part of the document refers."""
    return {(DOCUMENT.parent / reference).resolve() for reference in references(part) if reference.startswith("..")}


@pytest.mark.parametrize("reference", sorted(set(references(SPECIFICATION))))
def test_every_reference_resolves(reference: str) -> None:
    assert resolved(reference)


def test_every_message_schema_is_documented() -> None:
    messages = {path for path in DIRECTORY.iterdir() if path.stem != "PolicyFile"}
    assert {path.stem for path in messages} == {model.__name__ for model in CONTRACTS} - {"PolicyFile"}
    assert schema_files(MESSAGES) == messages


def test_every_message_travels_on_a_channel() -> None:
    used = {reference.rpartition("/")[2] for reference in references(SPECIFICATION["channels"])} - {
        "serviceBus",
        "eventGrid",
    }
    assert used == set(MESSAGES)


def test_every_queue_and_topic_of_the_app_is_a_channel() -> None:
    addresses = {channel["address"] for channel in SPECIFICATION["channels"].values()}
    assert addresses == {
        names.DOCUMENT_SUBMISSIONS,
        names.SUBMISSIONS_QUARANTINE,
        names.REVIEW_DECISIONS,
        names.DECISION_RETRIES,
        names.DECISIONS_QUARANTINE,
        names.OPERATOR_COMMANDS,
        names.COMMANDS_QUARANTINE,
        names.DECISION_REPLIES,
        names.REVIEW_REQUESTS,
        names.REVIEW_EVENTS,
        "/api/events",
    }


def test_decisions_are_answered_on_the_reply_queue() -> None:
    reply = SPECIFICATION["operations"]["recordDecision"]["reply"]
    assert resolved(reply["channel"]["$ref"])["address"] == names.DECISION_REPLIES


@pytest.mark.parametrize(
    "name",
    [
        "documentSubmitted",
        "documentSubmittedBySignedIn",
        "decisionSubmitted",
        "changesRequested",
        "reviewWithdrawn",
        "retraction",
        "delegation",
        "quarantineHandled",
        "announceOutcome",
        "revokePerson",
        "reassignPlace",
        "reviewRepair",
    ],
)
def test_a_message_is_named_by_its_type(name: str) -> None:
    message = MESSAGES[name]
    assert resolved(message["payload"]["$ref"])["properties"]["type"]["const"] == message["name"]


@pytest.mark.parametrize(
    ("name", "event_type"),
    [
        ("reviewCompleted", REVIEW_COMPLETED),
        ("documentRetracted", DOCUMENT_RETRACTED),
        ("decisionRefused", DECISION_REFUSED),
        ("submissionRefused", SUBMISSION_REFUSED),
    ],
)
def test_an_event_has_the_type_and_source_that_the_app_sends(name: str, event_type: str) -> None:
    envelope, own = MESSAGES[name]["payload"]["allOf"]
    assert MESSAGES[name]["name"] == own["properties"]["type"]["const"] == event_type
    assert resolved(envelope["$ref"])["properties"]["source"]["const"] == EVENT_SOURCE


@pytest.mark.parametrize(
    ("name", "parse"),
    [
        ("documentSubmitted", parse_submission),
        ("documentSubmittedBySignedIn", parse_submission),
        ("blobCreated", parse_submission),
        ("decisionSubmitted", parse_decision),
        ("changesRequested", parse_decision),
        ("reviewWithdrawn", parse_decision),
        ("retraction", parse_decision),
        ("delegation", parse_decision),
        ("quarantineHandled", parse_command),
        ("announceOutcome", parse_command),
        ("revokePerson", parse_command),
        ("reassignPlace", parse_command),
        ("reviewRepair", parse_command),
    ],
)
def test_an_inbound_example_is_accepted(name: str, parse: Any) -> None:
    for example in MESSAGES[name]["examples"]:
        assert parse(json.dumps(example["payload"]).encode())


def test_an_outbound_example_is_what_the_app_sends() -> None:
    for example in MESSAGES["decisionAnswered"]["examples"]:
        answer: OutboundModel = DecisionAnsweredV1.model_validate(example["payload"])
        assert answer.wire() == example["payload"]


def test_every_field_of_an_envelope_or_header_says_what_it_means() -> None:
    schemas: dict[str, Any] = SPECIFICATION["components"]["schemas"]
    fields = {f"{name}.{field}": text for name, each in schemas.items() for field, text in each["properties"].items()}

    assert [field for field, text in fields.items() if not text.get("description")] == []
