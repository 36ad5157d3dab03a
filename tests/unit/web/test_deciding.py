"""Deciding at the front door: on the bytes that one has seen, once, attested, and only what could count."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.ledger.answers import GivenAnswer, answer_row
from compliance.outcome import Answer, ReviewState, Verdict, Vote
from compliance.people.attestation import SignIn
from compliance.people.delegation import Delegation
from compliance.people.levels import Level
from compliance.review import Head
from contracts.digest import hashed_id, text_digest
from contracts.messages.decisions import AboutReview, DelegationV1, parse_decision
from contracts.proofs.attestation import verify_attestation
from tests import builders
from tests.front_door import TENANT, keys_of, public_jwk
from tests.unit.web.house import ANN, BEN, EVE, NOW, PDF, SAM, House, approval, at, json_of, oid_of, url

STATEMENT = "I have read this document and approve its publication."


async def decide(house: House, head: Head, person: str = ANN, **changes: Any) -> Any:
    return await house.call("POST", url(head, "/decisions"), person, approval(head, **changes))


def sent(house: House) -> AboutReview:
    """Return the only message that was sent."""
    ((queue, body, _),) = house.sent
    assert queue == "review-decisions"
    message = parse_decision(json.dumps(body).encode())
    assert not isinstance(message, DelegationV1)
    return message


@pytest.mark.parametrize("vote", [*Vote])
async def test_a_decision_is_sent_with_the_word_of_the_front_door(vote: Vote) -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()

    answer = await decide(house, head, decision=vote, comment="as discussed")

    assert answer.status_code == 202
    assert answer.headers["location"] == url(head, "/decisions/d-1")
    message = sent(house)
    attested = verify_attestation(str(message.proof), keys_of(public_jwk()))
    assert attested.sign_in == SignIn(f"https://login.microsoftonline.com/{TENANT}/v2.0", TENANT, oid_of(ANN))
    statement = attested.statement
    assert (statement.decision, statement.document_sha256) == (vote, head.document.sha256)
    assert (statement.reviewer, statement.decision_id, statement.review_id) == (ANN, "d-1", head.review_id)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"documentSha256": None}, "documentSha256: Field required"),
        ({"documentSha256": "5F"}, "documentSha256: must be 64 lowercase hexadecimal digits"),
        ({"decisionId": None}, "decisionId: Field required"),
        ({"decisionId": "a/b"}, "decisionId"),
        ({"decisionId": ""}, "decisionId"),
        ({"decision": "maybe"}, "decision: Input should be"),
        ({"decision": "request_changes"}, "comment: Field required"),
        ({"decision": "request_changes", "comment": "  "}, "comment: must say something"),
        ({"comment": "x" * 4001}, "comment"),
        ({"reviewer": BEN}, "reviewer: Extra inputs are not permitted"),
        ({"proof": "x"}, "proof: Extra inputs are not permitted"),
    ],
    ids=str,
)
async def test_what_is_wrong_in_a_decision_is_said_and_nothing_is_sent(changes: dict[str, Any], wrong: str) -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()

    answer = await decide(house, head, **changes)

    assert answer.status_code == 422
    assert wrong in json_of(answer)["detail"]
    assert house.sent == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {"Content-Type": "application/json"}, 422),
        (b'{"a": 1, "a": 2}', {"Content-Type": "application/json"}, 422),
        (b"decision=approve", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b" " * 65537, {"Content-Type": "application/json"}, 413),
        (b"{}", {"Content-Type": "application/json", "Content-Length": "99999999"}, 413),
        (b"{}", {"Content-Type": "application/json", "Content-Length": "-1"}, 413),
    ],
)
async def test_a_body_that_is_no_decision_is_refused(body: bytes, headers: dict[str, str], status: int) -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()

    assert (await house.call("POST", url(head, "/decisions"), ANN, body, **headers)).status_code == status


async def test_nobody_decides_on_bytes_that_they_have_not_seen() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()

    answer = await decide(house, head, documentSha256="5f" * 32)

    assert (answer.status_code, json_of(answer)["type"]) == (409, "urn:compliance:problem:wrong-version")
    assert house.sent == []


@pytest.mark.parametrize("content", [None, b"other"])
async def test_what_was_overwritten_between_look_and_decision_is_not_decided(content: bytes | None) -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    blob = house.blob(head.document.container, head.document.name)
    blob.content, blob.etag = content, "0xOTHER"

    answer = await decide(house, head)

    assert (answer.status_code, json_of(answer)["type"]) == (409, "urn:compliance:problem:overwritten")
    assert house.sent == []


@pytest.mark.parametrize(
    ("person", "changes", "status"),
    [
        (SAM, {}, 403),  # it is their own
        (ANN, {"state": ReviewState.DECIDED, "verdict": Verdict.EXPIRE}, 409),
        (ANN, {"deadline": at(0.5), "schedule": None}, 409),
        (ANN, {"requested_stage": -1}, 409),
    ],
)
async def test_what_could_not_count_is_not_sent(person: str, changes: dict[str, Any], status: int) -> None:
    house = House(reviewers=(ANN,))
    head = await house.add(**changes)

    answer = await decide(house, head, person)

    assert answer.status_code == status
    assert house.sent == []
    shown = json_of(await house.get(url(head), person))
    assert (shown["links"]["decisions"], shown["whyNot"]) == (None, json_of(answer)["detail"])


async def test_an_uninspected_document_is_not_decided_on() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    early = replace(head, deadline=None, schedule=None, requested_at=None)
    await house.replace_head(early)

    assert (await decide(house, early, SAM)).status_code == 403
    assert (await decide(house, early, ANN)).status_code == 404, "nobody was asked yet"


async def test_a_delegate_decides_and_sees_for_whom() -> None:
    house = House(reviewers=(BEN,))
    head = await house.add()
    await house.door.delegations.take(Delegation(BEN, EVE, at(0), at(1.5), at(0), level=Level.SIGN_IN))

    shown = json_of(await house.get("/api/v1/reviews", EVE))["reviews"]

    assert [(each["reviewId"], each["placeOf"]) for each in shown] == [(head.review_id, BEN)]
    assert (await decide(house, head, EVE)).status_code == 202
    house.now = at(1.6)
    assert (await decide(house, head, EVE)).status_code == 404, "the delegation is over, and so is the concern"


async def test_whoever_has_decided_still_sees_the_review_and_cannot_decide_again() -> None:
    house = House(reviewers=(ANN, BEN), approvals_needed=2)
    head = await house.add(PDF, builders.decision(reviewer=ANN))

    shown = json_of(await house.get(url(head), ANN))

    assert shown["links"]["decisions"] is None
    assert "one person counts once" in shown["whyNot"]
    assert (shown["approvalsGiven"], shown["approvalsNeeded"]) == (1, 2)
    assert json_of(await house.get("/api/v1/reviews", ANN))["reviews"] == []
    assert len(json_of(await house.get("/api/v1/reviews", BEN))["reviews"]) == 1


async def test_the_same_decision_sent_again_is_not_sent_twice() -> None:
    house = House(reviewers=(ANN, BEN), approvals_needed=2)
    first = builders.decision(reviewer=ANN, decision_id="d-1")
    head = await house.add()
    known = replace(first, document_sha256=head.document.sha256)
    await house.replace_head(replace(head, last_seq=1), known)

    again, other, stolen = (
        await decide(house, head, ANN),
        await decide(house, head, ANN, decision="reject"),
        await decide(house, head, BEN),
    )

    assert [each.status_code for each in (again, other, stolen)] == [202, 409, 409]
    assert house.sent == []


async def test_a_rejection_needs_a_comment_where_the_policy_says_so() -> None:
    house = House(reviewers=(ANN,), comment_required_on_reject=True)
    head = await house.add()

    assert (await decide(house, head, decision="reject", comment=" ")).status_code == 422
    assert (await decide(house, head, decision="reject", comment="wrong figures")).status_code == 202


async def test_the_statement_beside_the_button_is_attested() -> None:
    house = House(reviewers=(ANN,), statement=STATEMENT)
    head = await house.add()
    shown = json_of(await house.get(url(head), ANN))["statement"]

    without = await decide(house, head)
    with_it = await decide(house, head, statementSha256=shown["sha256"])

    assert (without.status_code, with_it.status_code) == (422, 202)
    assert shown["text"] == STATEMENT
    attested = verify_attestation(str(sent(house).proof), keys_of(public_jwk()))
    assert attested.policy_statement_sha256 == text_digest(STATEMENT)


@pytest.mark.parametrize(
    ("proof", "approve", "reject"),
    [(Level.NONE, 202, 202), (Level.SIGN_IN, 202, 202), (Level.CODE, 403, 202), (Level.OWN_KEY, 403, 403)],
)
async def test_the_front_door_sends_what_its_word_is_enough_for(proof: Level, approve: int, reject: int) -> None:
    house = House(reviewers=(ANN,), proof=proof)
    head = await house.add()

    assert (await decide(house, head, decisionId="1")).status_code == approve
    assert (await decide(house, head, decisionId="2", decision="reject")).status_code == reject


def given(person: str) -> GivenAnswer:
    return GivenAnswer(TENANT, oid_of(person), Answer.LATE, True, NOW, "too late", ReviewState.DECIDED, Verdict.EXPIRE)


async def test_an_answer_is_told_to_whoever_was_answered_and_nobody_else() -> None:
    house = House(reviewers=(ANN, BEN))
    head = await house.add()
    await house.table.create_entity(answer_row(head.review_id, "d-1", given(ANN)))

    told = await house.get(url(head, "/decisions/d-1"), ANN)
    others = await house.get(url(head, "/decisions/d-1"), BEN)
    none = await house.get(url(head, "/decisions/d-2"), BEN)

    assert json_of(told)["answer"] == "late"
    assert json_of(told)["explanation"] == "too late"
    assert others.status_code == none.status_code == 404
    assert others.get_body() == none.get_body()
    assert others.headers["retry-after"] == "1"


async def test_who_waits_gets_the_answer_at_once() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    await house.table.create_entity(answer_row(head.review_id, "d-1", given(ANN)))

    answer = await house.call("POST", url(head, "/decisions"), ANN, approval(head), Prefer="respond-async, wait=5")

    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=5"
    assert json_of(answer)["reviewState"] == "decided"


async def test_a_submitter_withdraws_once() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    body = {"withdrawalId": "w-1", "reason": "wrong file"}

    first = await house.call("POST", url(head, "/withdrawal"), SAM, body)

    assert first.status_code == 202
    message = sent(house)
    assert (message.type, message.proof is not None) == ("ReviewWithdrawnV1", True)
    assert first.headers["location"] == url(head, f"/decisions/{hashed_id('withdraw', 'w-1')}")
    await house.table.create_entity(answer_row(head.review_id, hashed_id("withdraw", "w-1"), given(SAM)))
    again = await house.call("POST", url(head, "/withdrawal"), SAM, body, Prefer="wait=1")
    assert (again.status_code, len(house.sent)) == (200, 1)


async def test_nobody_else_withdraws() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()

    answer = await house.call("POST", url(head, "/withdrawal"), ANN, {"withdrawalId": "w-1", "reason": ""})

    assert (answer.status_code, house.sent) == (403, [])


async def test_a_delegation_is_sent_in_ones_own_name() -> None:
    house = House()
    body = {"to": BEN, "from": "2026-03-02T09:00:00Z", "until": "2026-03-09T09:00:00Z"}

    answer = await house.call("POST", "/api/v1/delegations", ANN, body)

    assert answer.status_code == 202
    ((_, message, _),) = house.sent
    assert (message["by"], message["to"], "proof" in message) == (ANN, BEN, True)
    wrong = await house.call("POST", "/api/v1/delegations", ANN, {**body, "to": ANN})
    assert (wrong.status_code, json_of(wrong)["detail"]) == (422, "to: must be another person than by")
    assert (await house.call("POST", "/api/v1/delegations", ANN, {**body, "by": BEN})).status_code == 422
