"""What operators have done to reviews, by command and by message, with the app running."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage

from cli.failures import ExitCode
from cli.ledger import reindexing
from local.stack.eventually import eventually
from local.stack.messages import COMMANDS, DECISIONS
from local.stack.reviews import wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from local.stack.subscriber import completions
from tests.cli.running import Compliance, Ended

OPERATOR, RITA, SAM = "olga@example.org", "rita@example.org", "sam@example.org"
ANN, BEN, CAT, TOM, ZOE = (f"{name}@example.org" for name in ("ann", "ben", "cat", "tom", "zoe"))


@pytest.fixture
def name() -> str:
    return f"{uuid.uuid4()}.txt"


@pytest.fixture
def review(stack: Stack, name: str) -> str:
    return open_review(stack, name)


@pytest.fixture
def by_all(stack: Stack, name: str) -> str:
    """Open a review that Ann and Ben must approve."""
    return open_review(stack, name, "all")


def open_review(stack: Stack, name: str, document_class: str = "default") -> str:
    """Open a review and return its id once it waits for decisions."""
    metadata = {"submitter": SAM, "documentclass": document_class}
    identity = wait_until_open(stack, name, stack.documents.upload(name, b"rules", metadata))
    wait_until_asked(stack, identity)
    return identity


def moment(stack: Stack, review: str, *, days: int) -> str:
    """Return the time so many days after a review's deadline, which is three days after its request."""
    head = stack.ledger.head(review)
    assert head
    return (datetime.fromisoformat(head["deadline"]) + timedelta(days=days)).isoformat()


def requests_to(stack: Stack, review: str, reviewer: str) -> list[dict[str, Any]]:
    """Return the requests about a review that one reviewer alone was sent."""
    sent = [message.json() for message in stack.messages.peek("review-requests", "reviewers")]
    return [each for each in sent if each["reviewId"] == review and each["audience"] == [reviewer]]


def approve(stack: Stack, review: str) -> None:
    stack.messages.decide(review, "approve", RITA)
    wait_until_finished(stack, review)


def announce(compliance: Compliance, review: str) -> Ended:
    return compliance("announce", review[:12], "--as", OPERATOR, "--comment", "the website was down", "--json")


def steps(stack: Stack, review: str, event: str) -> list[tuple[str, str]]:
    """Return who has taken this step according to the review's audit trail, and why."""
    return [(row["who"], row["detail"]) for row in stack.ledger.audit(review) if row["event"] == event]


class TestAnnounce:
    def test_an_outcome_is_announced_again_under_the_same_id(self, compliance: Compliance, stack: Stack, review: str):
        approve(stack, review)
        [first] = eventually(lambda: completions(stack.events, review), "the outcome is announced")

        ended = announce(compliance, review)

        assert (ended.code, ended.json()["answer"]) == (ExitCode.DONE, "recorded"), ended.err
        again = eventually(lambda: completions(stack.events, review)[1:], "the outcome is announced again")[0]
        assert (again["id"], again["data"]["outcome"]) == (first["id"], first["data"]["outcome"])
        assert again["data"]["auditRecords"] == first["data"]["auditRecords"] + 1
        assert steps(stack, review, "outcome_announced_again") == [(OPERATOR, "the website was down")]
        assert compliance("verify", review).code == ExitCode.DONE

    def test_a_command_delivered_twice_is_noted_once(self, stack: Stack, review: str):
        approve(stack, review)
        command = {"type": "AnnounceOutcomeV1", "reviewId": review, "by": OPERATOR, "reason": "again"}
        first = stack.messages.send(COMMANDS, json.dumps(command).encode())
        assert stack.messages.answer(first)["answer"] == "recorded"
        [row] = [row for row in stack.ledger.audit(review) if row["event"] == "outcome_announced_again"]
        same_time: Any = {"originalEnqueuedTime": row["at"]}
        copy = ServiceBusMessage(json.dumps(command), message_id=first, application_properties=same_time)
        stack.messages.put(COMMANDS, copy)
        assert stack.messages.answers(first, 2)[1]["answer"] == "recorded"
        assert steps(stack, review, "outcome_announced_again") == [(OPERATOR, "again")]

    def test_an_open_review_has_no_outcome_to_announce(self, compliance: Compliance, stack: Stack, review: str):
        ended = announce(compliance, review)

        assert (ended.code, ended.json()["answer"]) == (ExitCode.REFUSED, "not_permitted")
        assert (ended.json()["reviewState"], completions(stack.events, review)) == ("open", [])

    def test_an_unknown_review_is_said(self, compliance: Compliance):
        assert announce(compliance, "ab" * 32).code == ExitCode.NOT_FOUND


class TestLeaving:
    def test_a_leaver_is_refused_and_another_takes_the_place(
        self, compliance: Compliance, stack: Stack, name: str, by_all: str
    ) -> None:
        ended = compliance("revoke", ANN.upper(), "--as", OPERATOR, "--comment", "has left", "--json")
        assert ended.code == ExitCode.DONE, ended.err
        assert by_all[:12] in ended.json()["explanation"]

        refused = stack.messages.answer(stack.messages.decide(by_all, "approve", ANN))
        assert (refused["answer"], "has left" in refused["explanation"]) == ("not_permitted", True)
        given = compliance("reassign", by_all, ANN, ZOE, "--as", OPERATOR, "--comment", "Ann has left")
        assert given.code == ExitCode.DONE, given.err
        waits = f"Recorded: 0 of 2 approvals. Waits for {ZOE} and {BEN} until "
        assert given.out.startswith(f"{by_all}\t{name}\t{waits}")
        asked = eventually(lambda: requests_to(stack, by_all, ZOE), "the new reviewer is asked")
        assert [each["round"] for each in asked] == ["request"]
        assert compliance("show", by_all, "--json").json()["waitsFor"] == [ZOE, BEN]
        for reviewer in (ZOE, BEN):
            assert stack.messages.answer(stack.messages.decide(by_all, "approve", reviewer))["answer"] == "recorded"
        assert wait_until_finished(stack, by_all)["outcome"] == "approved"
        assert steps(stack, by_all, "place_reassigned") == [(OPERATOR, f"{ANN} -> {ZOE}: Ann has left")]
        verified = compliance("verify", by_all)
        assert verified.code == ExitCode.DONE, verified.out

    def test_delegations_of_who_leaves_end_and_cannot_be_given(
        self, compliance: Compliance, stack: Stack, by_all: str
    ) -> None:
        delegation = {"type": "DelegationV1", "by": BEN, "to": TOM}
        delegation |= {"from": moment(stack, by_all, days=-30), "until": moment(stack, by_all, days=30)}
        sent = stack.messages.send(DECISIONS, json.dumps(delegation).encode())
        assert stack.messages.answer(sent)["answer"] == "recorded"

        assert compliance("revoke", BEN, "--as", OPERATOR, "--comment", "has left").code == ExitCode.DONE

        refused = stack.messages.answer(stack.messages.decide(by_all, "approve", TOM))
        assert (refused["answer"], "has left" in refused["explanation"]) == ("not_permitted", True)
        again = stack.messages.answer(stack.messages.send(DECISIONS, json.dumps(delegation).encode()))
        assert (again["answer"], "has left" in again["explanation"]) == ("not_permitted", True)

    def test_the_right_is_given_back_and_delegations_stay_ended(
        self, compliance: Compliance, stack: Stack, by_all: str
    ) -> None:
        assert compliance("revoke", BEN, "--as", OPERATOR, "--comment", "has left").code == ExitCode.DONE
        back = compliance(
            "revoke", BEN, "--until", moment(stack, by_all, days=-3), "--as", OPERATOR, "--comment", "is back"
        )
        assert back.code == ExitCode.DONE, back.err

        assert stack.messages.answer(stack.messages.decide(by_all, "approve", BEN))["answer"] == "recorded"
        assert stack.messages.answer(stack.messages.decide(by_all, "approve", TOM))["answer"] == "not_permitted"

    def test_nobody_has_a_right_back_that_never_ended(self, compliance: Compliance) -> None:
        ended = compliance("revoke", "max", "--until", "2026-08-31", "--as", OPERATOR, "--comment", "is back", "--json")
        assert (ended.code, ended.json()["answer"]) == (ExitCode.REFUSED, "not_permitted")

    def test_a_review_opened_later_learns_it_from_the_sweep(
        self, compliance: Compliance, stack: Stack, name: str
    ) -> None:
        assert compliance("revoke", CAT, "--as", OPERATOR, "--comment", "has left").code == ExitCode.DONE
        identity = open_review(stack, name, "led")
        assert stack.host
        stack.host.advance(0.1)
        assert steps(stack, identity, "right_ended") != []
        assert compliance("show", identity, "--json").json()["waitsFor"] == []

    def test_one_dated_ahead_counts_from_then_on(self, compliance: Compliance, stack: Stack, name: str) -> None:
        identity = open_review(stack, name)
        later = moment(stack, identity, days=1)
        assert (
            compliance("revoke", "dan", "--from", later, "--as", OPERATOR, "--comment", "leaves").code == ExitCode.DONE
        )

        assert stack.messages.answer(stack.messages.decide(identity, "approve", "dan"))["answer"] == "recorded"

    def test_who_cannot_have_the_place_is_refused(self, compliance: Compliance, by_all: str) -> None:
        ended = compliance("reassign", by_all, ANN, SAM, "--as", OPERATOR, "--comment", "x", "--json")
        assert (ended.code, ended.json()["answer"]) == (ExitCode.REFUSED, "not_permitted")


def test_a_refused_command_is_answered_and_kept_and_can_be_discarded(compliance: Compliance, stack: Stack) -> None:
    sent = stack.messages.send(COMMANDS, json.dumps({"type": "PublishAnywayV1"}).encode())

    assert stack.messages.answer(sent)["answer"] == "malformed"
    [kept] = [each for each in stack.messages.peek("commands-quarantine") if each.correlation_id == sent]
    assert kept.properties["refusedBecause"] == "malformed"
    listed = compliance("quarantine", "list", "--json").json()
    assert [each["queue"] for each in listed if each["id"] == kept.message_id] == ["commands-quarantine"]
    done = compliance("quarantine", "discard", kept.message_id, "--as", OPERATOR, "--comment", "a test")
    assert done.code == ExitCode.DONE, done.err


def test_a_command_on_the_queue_of_decisions_is_refused(stack: Stack, review: str) -> None:
    command = {"type": "AnnounceOutcomeV1", "reviewId": review, "by": OPERATOR, "reason": "again"}
    assert stack.messages.answer(stack.messages.send(DECISIONS, json.dumps(command).encode()))["answer"] == "malformed"


class TestPeople:
    def test_a_name_is_bound_renamed_and_unbound_and_each_step_is_kept(self, compliance: Compliance) -> None:
        tenant, person, other = (str(uuid.uuid4()) for _ in range(3))
        old, new = f"ann-{person[:8]}@x.org", f"ana-{person[:8]}@x.org"

        def bind(name: str, account: str, *options: str) -> Ended:
            ids = ("--tenant", tenant, "--object", account.upper())
            return compliance(
                "people", "bind", name, *ids, "--as", OPERATOR, "--comment", "married", "--json", *options
            )

        assert bind(old, person).code == ExitCode.DONE
        refused = bind(old, other)
        assert (refused.code, refused.json()["answer"]) == (ExitCode.REFUSED, "wrong_person")
        assert "compliance people bind --replace" in refused.json()["explanation"]
        assert bind(new, person, "--replace").code == ExitCode.DONE
        bound = {"name": new, "earlierNames": [old], "tenantId": tenant, "objectId": person}
        assert bound in compliance("people", "list", "--json").json()
        assert new in compliance("people", "list").out

        unbound = compliance("people", "unbind", old, "--as", OPERATOR, "--comment", "unused", "--json")
        assert unbound.json()["answer"] == "recorded"
        assert bound | {"earlierNames": []} in compliance("people", "list", "--json").json()
        changes = [each for each in compliance("people", "history", "--json").json() if each["objectId"] == person]
        steps = [
            ("bind", old, OPERATOR, "married"),
            ("bind", new, OPERATOR, "married"),
            ("unbind", old, OPERATOR, "unused"),
        ]
        assert [(each["action"], each["name"], each["by"], each["reason"]) for each in changes] == steps
        assert "unused" in compliance("people", "history").out

    def test_what_is_no_account_is_not_sent(self, compliance: Compliance) -> None:
        ids = ("--tenant", "contoso", "--object", "ann")
        ended = compliance("people", "bind", "ann", *ids, "--as", OPERATOR, "--comment", "new")
        assert ended.code == ExitCode.USAGE
        assert "tenantId" in ended.err


def test_reviews_are_listed_anew(compliance: Compliance, review: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindexing, "_PARTS", (review[:2],))  # of 256, which take long
    assert compliance("ledger", "reindex", "--as", OPERATOR, "--json").json() == {"parts": 1}
    assert review in [each["reviewId"] for each in compliance("list", "--json").json()]
