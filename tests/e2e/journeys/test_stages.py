"""Stages in their order, approval out of reach, minds changed, reminders and an escalation, on real parts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.stored_evidence import stored_evidence
from evidence.checks import first_fault
from local.stack.devhost_process import DevhostProcess
from local.stack.endpoints import Endpoints
from local.stack.eventually import eventually
from local.stack.messages import DECISIONS
from local.stack.reviews import wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack
from local.stack.subscriber import completions
from tests.e2e.submitting import ANN, BEN, SAM, Submitted, submit
from tests.e2e.sweep.dying_app import DyingApp
from tests.e2e.sweep.orchestrations import Orchestrations
from tests.storage.account import Account

EVE, FAY, MARIA, GIL = "eve@example.org", "fay@example.org", "maria@example.org", "gil@example.org"


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"POLICY_FILE": str(Path(__file__).with_name("stages.yaml"))}


@pytest.fixture(autouse=True)
def _own_policies(host: DevhostProcess) -> None:
    """Another host has policies of its own."""


def waiting(stack: Stack, folder: str, policy: str) -> Submitted:
    """Submit a document and wait until its reviewers were asked."""
    rules = submit(stack, f"{policy}/{folder}", "house-rules.txt")
    wait_until_asked(stack, rules.review_id)
    return rules


def answered(stack: Stack, document: Submitted, decision: str, reviewer: str) -> dict[str, Any]:
    """Send a decision and return the answer."""
    return stack.messages.answer(stack.messages.decide(document.review_id, decision, reviewer))


def told(stack: Stack, document: Submitted, count: int) -> list[tuple[str, str, list[str]]]:
    """Return round, stage and audience of the messages about a document, once there are `count` of them."""

    def sent() -> list[tuple[str, str, list[str]]]:
        found = (message.json() for message in stack.messages.peek("review-requests", "reviewers"))
        mine = [each for each in found if each["reviewId"] == document.review_id]
        return [(each["round"], each["stage"], each["audience"]) for each in mine]

    return eventually(lambda: sent() if len(sent()) >= count else [], f"{count} messages about {document.name}")


def history(stack: Stack, document: Submitted) -> list[str]:
    """Return the events of the document's audit trail."""
    return [row["event"] for row in stack.ledger.audit(document.review_id)]


def test_finance_is_asked_when_legal_is_done(stack: Stack, folder: str) -> None:
    contract = waiting(stack, folder, "staged")
    early = answered(stack, contract, "approve", EVE)
    assert early["answer"] == "stage_not_open"
    assert "finance" in early["explanation"]
    assert told(stack, contract, 1) == [("request", "legal", [ANN, BEN])]
    assert answered(stack, contract, "approve", BEN)["answer"] == "recorded"
    assert told(stack, contract, 2)[1:] == [("request", "finance", [EVE, FAY])]
    assert answered(stack, contract, "reject", ANN)["answer"] == "not_permitted"  # legal is over
    assert answered(stack, contract, "approve", EVE)["answer"] == "recorded"
    assert answered(stack, contract, "approve", FAY)["answer"] == "recorded"
    wait_until_finished(stack, contract.review_id)
    decisions = ((BEN, "approve"), (EVE, "approve"), (FAY, "approve"))

    assert contract.published(*decisions).contradictions(stack) == []
    assert history(stack, contract)[2:5] == ["decision_recorded", "stage_opened", "decision_recorded"]
    assert told(stack, contract, 2)[2:] == []


def test_all_of_a_later_stage_decide_before_the_orchestration_has_heard_of_the_first(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    contract = waiting(stack, folder, "staged")
    orchestrations = Orchestrations(host.state)
    orchestrations.suspend(contract.review_id)
    for person in (ANN, EVE, FAY):
        assert answered(stack, contract, "approve", person)["answer"] == "recorded"
    orchestrations.resume(contract.review_id)
    wait_until_finished(stack, contract.review_id)
    decisions = ((ANN, "approve"), (EVE, "approve"), (FAY, "approve"))

    assert contract.published(*decisions).contradictions(stack) == []


def test_the_sweep_wakes_an_orchestration_that_has_not_heard_of_the_end_of_a_stage(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    contract = waiting(stack, folder, "staged")
    DyingApp(Endpoints.from_devhost(host.state)).approve(contract.review_id, ANN)
    host.advance(hours=0.1)
    assert told(stack, contract, 2)[1:] == [("request", "finance", [EVE, FAY])]
    for person in (EVE, FAY):
        assert answered(stack, contract, "approve", person)["answer"] == "recorded"
    wait_until_finished(stack, contract.review_id)


def test_a_delegate_decides_in_the_place_of_who_is_away(stack: Stack, folder: str) -> None:
    contract = waiting(stack, folder, "staged")
    deadline = datetime.fromisoformat(str(wait_until_asked(stack, contract.review_id)["deadline"]))
    assert answered(stack, contract, "approve", GIL)["answer"] == "not_permitted"
    away = {"by": BEN, "to": GIL, "from": (deadline - timedelta(days=30)).isoformat(), "until": deadline.isoformat()}
    sent = stack.messages.send(DECISIONS, json.dumps({"type": "DelegationV1", **away}).encode())
    assert stack.messages.answer(sent)["answer"] == "recorded"
    assert answered(stack, contract, "approve", GIL)["answer"] == "recorded"
    assert told(stack, contract, 2)[1:] == [("request", "finance", [EVE, FAY])]
    [row] = stack.ledger.decisions(contract.review_id)
    assert (row["reviewer"], row["onBehalfOf"]) == (GIL, BEN)
    assert answered(stack, contract, "reject", EVE)["answer"] == "recorded"
    wait_until_finished(stack, contract.review_id)
    ending = contract.archived("rejected", (GIL, "approve"), (EVE, "reject"))
    assert ending.contradictions(stack) == []
    [event] = completions(stack.events, contract.review_id)

    assert [each.get("onBehalfOf") for each in event["data"]["decisions"]] == [BEN, None]


def test_without_a_veto_a_review_ends_when_approval_is_out_of_reach(stack: Stack, folder: str) -> None:
    letter = waiting(stack, folder, "lenient")
    assert answered(stack, letter, "reject", ANN)["answer"] == "recorded"
    assert answered(stack, letter, "approve", BEN)["reviewState"] == "open"
    assert answered(stack, letter, "reject", EVE)["verdict"] == "reject"
    assert answered(stack, letter, "approve", FAY)["answer"] == "late"
    wait_until_finished(stack, letter.review_id)
    decisions = ((ANN, "reject"), (BEN, "approve"), (EVE, "reject"))

    assert letter.archived("rejected", *decisions, reason="approval_unreachable").contradictions(stack) == []


def test_a_mind_is_changed_and_both_decisions_are_kept(stack: Stack, folder: str) -> None:
    letter = waiting(stack, folder, "lenient")
    said = [(ANN, "reject"), (BEN, "approve"), (ANN.upper(), "approve"), (FAY, "approve")]
    for person, word in said:
        assert answered(stack, letter, word, person)["answer"] == "recorded"
    wait_until_finished(stack, letter.review_id)

    assert letter.published(*said).contradictions(stack) == []


def test_nobody_is_asked_about_a_document_whose_only_reviewer_submitted_it(stack: Stack, folder: str) -> None:
    own = waiting(stack, folder, "own")
    wait_until_finished(stack, own.review_id)
    assert own.archived("rejected", reason="approval_unreachable").contradictions(stack) == []
    assert not any(message.json()["reviewId"] == own.review_id for message in requests(stack))


def test_who_changed_the_document_last_does_not_decide(stack: Stack, folder: str) -> None:
    name = f"default/{folder}/rules.txt"
    etag = stack.documents.upload(name, b"changed by Ann\n", {"submitter": SAM, "modifier": ANN})
    review_id = wait_until_open(stack, name, etag)
    wait_until_asked(stack, review_id)
    refused = stack.messages.answer(stack.messages.decide(review_id, "approve", ANN))

    assert (refused["answer"], "they have changed" in refused["explanation"]) == ("not_permitted", True)
    assert stack.messages.answer(stack.messages.decide(review_id, "approve", BEN))["answer"] == "recorded"


def test_who_is_silent_is_reminded_and_the_escalation_gives_more_time(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    late, unanswered = waiting(stack, folder, "slow"), waiting(stack, f"{folder}-2", "slow")
    assert answered(stack, late, "approve", MARIA)["answer"] == "not_permitted"  # not yet
    deadline = datetime.fromisoformat(str(wait_until_asked(stack, late.review_id)["deadline"]))
    assert answered(stack, late, "approve", BEN)["answer"] == "recorded"
    host.advance(hours=24.1)
    assert told(stack, late, 2)[1:] == [("reminder", "review", [ANN, EVE, FAY])]
    host.advance(hours=24)
    assert told(stack, late, 3)[2:] == [("escalation", "review", [MARIA])]
    head = wait_until_asked(stack, late.review_id)
    assert datetime.fromisoformat(str(head["deadline"])) == deadline + timedelta(hours=24)
    host.advance(hours=40)  # beyond the first deadline
    assert answered(stack, late, "approve", MARIA)["answer"] == "recorded"  # to whom it was escalated
    wait_until_finished(stack, late.review_id)
    assert late.published((BEN, "approve"), (MARIA, "approve")).contradictions(stack) == []
    assert (stack.ledger.head(unanswered.review_id) or {})["state"] == "open"
    host.advance(hours=8)
    wait_until_finished(stack, unanswered.review_id)

    assert unanswered.archived("expired").contradictions(stack) == []
    assert [each for each, _, _ in told(stack, unanswered, 3)] == ["request", "reminder", "escalation"]
    assert len(told(stack, late, 3)) == 3


def test_nobody_is_told_more_once_a_review_is_decided(stack: Stack, host: DevhostProcess, folder: str) -> None:
    quick = waiting(stack, folder, "slow")
    for person in (ANN, BEN):
        assert answered(stack, quick, "approve", person)["answer"] == "recorded"
    wait_until_finished(stack, quick.review_id)
    host.advance(hours=100)

    assert [each for each, _, _ in told(stack, quick, 1)] == ["request"]


async def test_the_rules_lead_to_each_of_these_reviews(stack: Stack, host: DevhostProcess, folder: str) -> None:
    waiting(stack, folder, "slow")
    storage = Endpoints.from_devhost(host.state).storage
    async with Account(storage, storage) as account:
        reviews = await account.books.ids_starting_with("")
        found = [await stored_evidence(account.books, review_id) for review_id in reviews]

    assert found
    assert [first_fault(evidence) for evidence in found if evidence] == [None] * len(found)


def requests(stack: Stack) -> list[Any]:
    """Return all messages to reviewers."""
    return stack.messages.peek("review-requests", "reviewers")
