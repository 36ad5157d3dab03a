"""Operators' commands and the retraction: what is read, what is refused, who may by the policy file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from compliance.outcome import Outcome, ReviewState, Verdict
from compliance.review import Retraction
from contracts.messages.commands import (
    AnnounceOutcomeV1,
    BindPersonV1,
    ReassignPlaceV1,
    ReindexLedgerV1,
    RevokePersonV1,
    UnbindPersonV1,
    parse_command,
)
from contracts.messages.events import document_retracted
from contracts.messages.strict_json import MalformedMessageError
from contracts.policy_file.parsing import PolicyError, parse_policies
from tests.builders import REQUESTED_AT, REVIEWER, open_review

REVIEW = "ab" * 32
ANNOUNCE = {"type": "AnnounceOutcomeV1", "reviewId": REVIEW, "by": "olga", "reason": "again"}
REVOKE = {"type": "RevokePersonV1", "person": "ann", "by": "olga", "reason": "has left"}
REINDEX = {"type": "ReindexLedgerV1", "idsStartingWith": "a7", "by": "olga"}
BIND = {
    "type": "BindPersonV1",
    "person": "ann",
    "tenantId": "11111111-2222-3333-4444-555555555555",
    "objectId": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "by": "olga",
    "reason": "is new",
}
UNBIND = {"type": "UnbindPersonV1", "person": "ann", "by": "olga", "reason": "has left"}
REASSIGN = {"type": "ReassignPlaceV1", "reviewId": REVIEW, "replaced": "ann", "replacement": "zoe", "by": "olga"}


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (ANNOUNCE, AnnounceOutcomeV1),
        (REVOKE | {"from": "2026-08-31T17:00:00+02:00", "until": "2026-09-30T00:00:00Z"}, RevokePersonV1),
        (REASSIGN | {"reason": "has left"}, ReassignPlaceV1),
        (BIND, BindPersonV1),
        (UNBIND, UnbindPersonV1),
        (REINDEX, ReindexLedgerV1),
    ],
)
def test_a_command_is_read_by_its_type(command: dict[str, Any], kind: type) -> None:
    assert isinstance(parse_command(json.dumps(command).encode()), kind)


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ({}, "the type 'None' is not known"),
        ({"type": "PublishAnywayV1"}, "'PublishAnywayV1' is not known"),
        (ANNOUNCE | {"reason": "  "}, "reason: must say something"),
        (REVOKE | {"reason": "x" * 201}, "reason: "),
        (REVOKE | {"from": "2026-08-31T17:00:00"}, "from: must have a time zone"),
        (REASSIGN, "reason: Field required"),
        (BIND | {"objectId": "ann@example.org"}, "objectId: "),
    ],
)
def test_a_malformed_command_is_refused_with_what_is_wrong(command: dict[str, Any], complaint: str) -> None:
    with pytest.raises(MalformedMessageError, match=complaint):
        parse_command(json.dumps(command).encode())


def test_the_event_of_a_retraction_says_who_and_where() -> None:
    at = REQUESTED_AT + timedelta(days=1)
    closed = replace(open_review(), state=ReviewState.CLOSED, verdict=Verdict.APPROVE, outcome=Outcome.APPROVED)
    head = replace(closed, audit_digest="d" * 64, location="archived/x", retraction=Retraction(REVIEWER, at, done=True))

    data = document_retracted(head).wire()

    assert (data["retractedBy"], data["location"], data["auditRecords"]) == (REVIEWER, "archived/x", head.last_audit)
    with pytest.raises(ValueError, match="was not taken back"):
        document_retracted(closed)


POLICIES = """
version: "1"
groups: {legal: [ann, ben]}
policies:
  - documentClass: default
    retraction: {by: [RETRACTORS]}
"""


def test_a_policy_names_who_may_take_documents_back() -> None:
    policies = parse_policies(POLICIES.replace("RETRACTORS", "group:legal, eve"), "policies.yaml", str)
    assert policies.resolve("default").retractors == ("ann", "ben", "eve")


@pytest.mark.parametrize(("named", "complaint"), [("group:sales", "there is no group"), ("", "it is empty")])
def test_a_mistake_in_it_is_reported_with_its_line(named: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match=rf"policies.yaml:6: policies.0.retraction.by.*{complaint}"):
        parse_policies(POLICIES.replace("RETRACTORS", named), "policies.yaml", str)
