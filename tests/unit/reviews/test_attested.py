"""What the front door vouches for: every level against every proof, and attacks on one good attestation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters import attestation_keys, verification_keys
from adapters.ledger.answers import GivenAnswer
from adapters.messaging.arrivals import Arrival
from compliance.history import AuditEvent
from compliance.outcome import Answer
from compliance.people.delegation import Delegation
from compliance.people.levels import Level
from compliance.refusal import Refusal
from compliance.rulings import Ruling, Transition
from compliance.transitions import record
from contracts.digest import hashed_id, text_digest
from contracts.messages.decisions import AboutReview, DelegationV1, parse_decision
from contracts.proofs.key_set import KeySetError
from reviews.attested.answers import keep_refused, rows_of_kept, rows_of_recorded
from reviews.delegating import given_delegation
from reviews.proving import delegation_key_refusal, proof_refusal
from tests import builders, signing_keys
from tests.front_door import DELEGATION_TYPE, DOOR, SIGN_IN, TYPE, key_set_text, public_jwk
from tests.malformed import DELEGATION
from tests.signing_keys import Signer, signer

ANA, ZOE = "ana@example.org", "zoe@example.org"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
IAT = int(NOW.timestamp()) - 1
DAYS = timedelta(days=9)
ana, zoe, ana_ec = signer("ana-1", ANA), signer("zoe-1", ZOE), signer("ana-ec", ANA, "ES256")
stranger, old, revoked = (signer(kid, "", "ES256") for kid in ("door-x", "door-0", "door-r"))

STATEMENT = "I have read it"
HEAD = builders.open_review(
    policy=builders.policy(
        1, (ANA, ZOE), proof=Level.SIGN_IN, verification_keys="keys.json", separation_of_duties=False
    ),
    submitter=ANA,
)


@pytest.fixture(autouse=True)
def door_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "keys.json").write_text(signing_keys.key_set_text(ana.jwk(), zoe.jwk(), ana_ec.jwk()))
    file = tmp_path / "door.json"
    before = (NOW - timedelta(minutes=1)).isoformat()
    file.write_text(key_set_text(public_jwk(), public_jwk(old, notAfter=before), public_jwk(revoked, revokedAt=before)))
    found = SimpleNamespace(policy_file=tmp_path / "policies.yaml", verification_keys={}, attestation_keys=str(file))
    monkeypatch.setattr(verification_keys, "settings", lambda: found)
    monkeypatch.setattr(attestation_keys, "settings", lambda: found)
    return file


def said(act: str, **changes: Any) -> dict[str, Any]:
    """Return a message of Ana's that does this."""
    about: dict[str, Any] = {"reviewId": HEAD.review_id}
    match act:
        case "withdraw":
            about |= {"type": "ReviewWithdrawnV1", "by": ANA, "reason": "why"}
        case "retract":
            about |= {"type": "RetractionV1", "by": ANA, "reason": "why"}
        case "request_changes":
            about |= {"type": "ChangesRequestedV1", "decisionId": "1", "reviewer": ANA, "comment": "why"}
        case _:
            about |= {"decision": act, "decisionId": "1", "reviewer": ANA, "comment": "why"}
    return about | changes


def claims(act: str = "approve", **changes: Any) -> dict[str, Any]:
    """Return the claims of a message of `said`; None removes one."""
    made = {
        "aud": "document-compliance:review-decisions",
        "iat": IAT,
        "reviewId": HEAD.review_id,
        "decisionId": None if act in ("withdraw", "retract") else "1",
        "decision": act,
        "reviewer": ANA,
        "documentSha256": builders.SHA256,
        "commentSha256": text_digest("why"),
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def attested(act: str = "approve", by: Signer = DOOR, **changes: Any) -> str:
    return by.sign(claims(act, **{**SIGN_IN, **changes}), typ=TYPE)


PROOFS: dict[Level, Callable[[str], str | None]] = {
    Level.NONE: lambda _: None,
    Level.SIGN_IN: attested,
    Level.CODE: lambda act: attested(act, otp=True),
    Level.OWN_KEY: lambda act: ana.sign(claims(act)),
}


def judged(proof: str | None, act: str = "approve", head: Any = HEAD, at: datetime = NOW, **changes: Any) -> str | None:
    """Return the answer to a message with this proof, None if it counts."""
    body = said(act, **changes) | ({"proof": proof} if proof else {})
    message = parse_decision(json.dumps(body).encode())
    assert isinstance(message, AboutReview)
    refusal = proof_refusal(head, message, Arrival("1", b"", at, at, 0, None, {}))
    return refusal.answer if refusal else None


# What a class of each level demands, and which proofs therefore count: the table of docs/proofs.md.
DEMANDED = {
    Level.NONE: dict.fromkeys(("approve", "reject", "request_changes", "withdraw", "retract"), Level.NONE),
    Level.SIGN_IN: dict.fromkeys(("approve", "reject", "request_changes", "withdraw", "retract"), Level.SIGN_IN),
    Level.CODE: dict.fromkeys(("reject", "request_changes", "withdraw", "retract"), Level.SIGN_IN)
    | {"approve": Level.CODE},
    Level.OWN_KEY: dict.fromkeys(("approve", "reject", "request_changes", "retract"), Level.OWN_KEY)
    | {"withdraw": Level.SIGN_IN},
}


@pytest.mark.parametrize("proof", Level)
@pytest.mark.parametrize("of_class", Level)
def test_what_is_sent_directly_counts_at_the_demanded_level_or_above(of_class: Level, proof: Level) -> None:
    head = replace(HEAD, policy=replace(HEAD.policy, proof=of_class))
    order = list(Level)
    for act, demanded in DEMANDED[of_class].items():
        counts = order.index(proof) >= order.index(demanded)
        assert judged(PROOFS[proof](act), act, head) == (None if counts else Answer.PROOF_MISSING), act


def delegation(level: Level, at: datetime = NOW, by: Signer = DOOR, **changes: Any) -> Delegation | Refusal:
    """Return Ana's delegation to Zoe, proved at this level."""
    told = DELEGATION | {"by": ANA, "to": ZOE, "from": NOW.isoformat(), "until": (NOW + DAYS).isoformat()}
    made: dict[str, Any] = {name: told[name] for name in ("by", "to", "from", "until")}
    made |= {"aud": "document-compliance:review-decisions", "iat": IAT, **changes}
    match level:
        case Level.OWN_KEY:
            told["proof"] = ana.sign(made, typ="compliance-delegation+jwt")
        case Level.SIGN_IN | Level.CODE:
            code = {"otp": True} if level is Level.CODE else {}
            told["proof"] = by.sign(made | SIGN_IN | code, typ=DELEGATION_TYPE)
        case Level.NONE:
            told.pop("proof", None)
    arrival = Arrival("1", b"", at, at, 0, None, {})
    return given_delegation(DelegationV1.model_validate(told), arrival, frozenset({"keys.json"}))


@pytest.mark.parametrize("given", Level)
@pytest.mark.parametrize("of_class", Level)
def test_what_is_delegated_counts_at_the_level_of_the_class_or_above(of_class: Level, given: Level) -> None:
    rules = replace(HEAD.policy, proof=of_class, stages=builders.policy(1, (ANA,)).stages)
    head = replace(HEAD, policy=rules, submitter=None)
    made = delegation(given)
    assert isinstance(made, Delegation)
    sent = builders.decision(reviewer=ZOE, enqueued_at=NOW)
    ruling = record(head, [], sent, [made])
    assert ruling

    if list(Level).index(given) < list(Level).index(of_class):
        assert ruling.answer is Answer.PROOF_MISSING
        return
    assert ruling.transition.decision
    decided = ruling.transition.decision.decision
    assert (decided.on_behalf_of, bool(decided.delegation_proof)) == (ANA, given is not Level.NONE)
    assert delegation_key_refusal(head, decided, Arrival("1", b"", NOW, NOW, 0, None, {})) is None


ATTACKS: dict[str, tuple[str, Callable[[], str]]] = {
    "another review": ("proof_replayed", lambda: attested(reviewId="0" * 64)),
    "another decision's id": ("proof_replayed", lambda: attested(decisionId="2")),
    "another document": ("proof_replayed", lambda: attested(documentSha256="00" * 32)),
    "another person": ("proof_invalid", lambda: attested(reviewer=ZOE)),
    "another decision": ("proof_invalid", lambda: attested(decision="reject")),
    "another comment": ("proof_invalid", lambda: attested(commentSha256="00" * 32)),
    "another statement": ("proof_invalid", lambda: attested(statementSha256="00" * 32)),
    "a key that is not known": ("proof_invalid", lambda: attested(by=stranger)),
    "a stranger's key under the door's name": (
        "proof_invalid",
        lambda: stranger.sign(claims(**SIGN_IN), typ=TYPE, kid=DOOR.kid),
    ),
    "an old key": ("proof_invalid", lambda: attested(by=old)),
    "a revoked key": ("proof_invalid", lambda: attested(by=revoked)),
    "a reviewer's key that attests": ("proof_invalid", lambda: attested(by=ana_ec)),
    "the door's key that signs as a person": ("proof_invalid", lambda: DOOR.sign(claims())),
    "the type of a delegation": ("proof_invalid", lambda: DOOR.sign(claims(**SIGN_IN), typ=DELEGATION_TYPE)),
    "no sign-in": ("proof_invalid", lambda: DOOR.sign(claims(), typ=TYPE)),
    "no person of a tenant": ("proof_invalid", lambda: attested(oid=None)),
    "a code that was not asked for": ("proof_invalid", lambda: attested(otp=False)),
    "a claim that nobody knows": ("proof_invalid", lambda: attested(roles=["Reviewer"])),
    "no signature": ("proof_invalid", lambda: attested().rpartition(".")[0] + "."),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_on_an_attestation_is_refused(attack: str) -> None:
    answer, proof = ATTACKS[attack]
    assert judged(proof()) == answer


def test_the_statement_of_the_class_must_have_been_shown_beside_an_approval() -> None:
    head = replace(HEAD, policy=replace(HEAD.policy, statement=STATEMENT))
    assert judged(attested(statementSha256=text_digest(STATEMENT)), head=head) is None
    assert judged(attested(), head=head) == "proof_invalid"
    assert judged(attested(statementSha256=text_digest("I have not read it")), head=head) == "proof_invalid"
    assert judged(attested("reject"), "reject", head) is None


@pytest.mark.parametrize(
    ("act", "answer"), [("approve", None), ("withdraw", "proof_invalid"), ("retract", "proof_invalid")]
)
def test_days_later_only_what_an_id_lets_count_once_still_counts(act: str, answer: str | None) -> None:
    assert judged(attested(act), act) is None
    assert judged(attested(act), act, at=NOW + DAYS) == answer


def test_a_key_that_is_revoked_in_the_file_attests_no_more(door_file: Path) -> None:
    proof, made = attested(), delegation(Level.SIGN_IN)
    assert judged(proof) is None
    assert isinstance(made, Delegation)
    decided = replace(
        decision_of_zoe(),
        on_behalf_of=ANA,
        delegated_from=made.starts,
        delegated_until=made.ends,
        delegation_proof=made.proof,
    )
    arrival = Arrival("1", b"", NOW, NOW, 0, None, {})
    assert delegation_key_refusal(HEAD, decided, arrival) is None

    door_file.write_text(key_set_text(public_jwk(revokedAt=NOW.isoformat())))
    assert judged(proof) == "proof_invalid"
    refusal = delegation_key_refusal(HEAD, decided, arrival)
    assert refusal
    assert refusal.answer is Answer.PROOF_INVALID


def decision_of_zoe() -> Any:
    return builders.decision(reviewer=ZOE, enqueued_at=NOW)


def test_who_can_write_the_table_of_delegations_can_make_none_count() -> None:
    made = delegation(Level.SIGN_IN)
    assert isinstance(made, Delegation)
    arrival = Arrival("1", b"", NOW, NOW, 0, None, {})
    forged = {"on_behalf_of": ANA, "delegated_from": made.starts, "delegated_until": made.ends}
    own_key = replace(HEAD, policy=replace(HEAD.policy, proof=Level.OWN_KEY))

    for head, changes, answer in (
        (HEAD, {"delegation_proof": None}, Answer.PROOF_MISSING),
        (own_key, {"delegation_proof": made.proof}, Answer.PROOF_MISSING),
        (HEAD, {"delegation_proof": made.proof, "delegated_until": made.ends + DAYS}, Answer.PROOF_INVALID),
        (HEAD, {"delegation_proof": made.proof, "reviewer": "eve@example.org"}, Answer.PROOF_INVALID),
    ):
        refusal = delegation_key_refusal(head, replace(decision_of_zoe(), **forged | changes), arrival)
        assert refusal
        assert refusal.answer is answer


@pytest.mark.parametrize(
    ("attack", "answer"),
    [
        ({"by": stranger}, "proof_invalid"),
        ({"by": revoked}, "proof_invalid"),
        ({"by": ana_ec}, "proof_invalid"),
        ({"to": "eve@example.org"}, "proof_replayed"),
        ({"until": "2026-12-31T00:00:00Z"}, "proof_replayed"),
        ({"at": NOW + DAYS}, "proof_invalid"),
    ],
)
def test_an_attack_on_the_attestation_of_a_delegation_is_refused(attack: dict[str, Any], answer: str) -> None:
    refusal = delegation(Level.SIGN_IN, **attack)
    assert isinstance(refusal, Refusal)
    assert refusal.answer == answer


@pytest.mark.parametrize("jwk", [DOOR.jwk(reviewer=ANA), DOOR.jwk(reviewer=ANA, kid="other"), ana.jwk(kid=DOOR.kid)])
def test_a_policy_cannot_make_the_front_doors_key_somebodys_own(tmp_path: Path, jwk: dict[str, Any]) -> None:
    (tmp_path / "keys.json").write_text(signing_keys.key_set_text(ana.jwk(), jwk))
    with pytest.raises(KeySetError, match="is nobody's own; remove it"):
        judged(ana.sign(claims()))


def test_a_reviewers_key_cannot_be_in_the_set_of_the_front_door(door_file: Path) -> None:
    door_file.write_text(key_set_text(ana_ec.jwk()))
    with pytest.raises(KeySetError, match="reviewer: unknown member"):
        judged(attested(by=ana_ec))


def test_without_keys_nothing_is_attested(monkeypatch: pytest.MonkeyPatch) -> None:
    none = SimpleNamespace(attestation_keys=None)
    monkeypatch.setattr(attestation_keys, "settings", lambda: none)
    assert judged(attested()) == "proof_invalid"


def answer_keys(
    proof: str | None, act: str = "approve", answer: Answer = Answer.RECORDED, **said_else: Any
) -> list[str]:
    """Return whom the answer that is kept with a recorded message is for, and under which id."""
    message = parse_decision(json.dumps(said(act, **said_else) | ({"proof": proof} if proof else {})).encode())
    assert isinstance(message, AboutReview)
    recorded = Transition.audited(HEAD, AuditEvent.DECISION_RECORDED, NOW)
    rows = rows_of_recorded(Ruling(recorded, answer), message, Arrival("message", b"", NOW, NOW, 0, None, {}))
    return [row["RowKey"].removeprefix("answer-") for row in rows if row["objectId"] == SIGN_IN["oid"]]


def test_an_answer_is_kept_for_the_one_whom_the_front_door_saw_send_this_very_message() -> None:
    assert answer_keys(attested()) == [text_digest("1")]
    for act in ("withdraw", "retract"):
        assert answer_keys(attested(act), act) == [text_digest(hashed_id(act, "message"))]
    assert answer_keys(attested(documentSha256="00" * 32)) == [
        text_digest("1")
    ]  # another document's hash is no forgery


@pytest.mark.parametrize(
    "proof",
    [
        None,
        ana.sign(claims()),
        attested(by=stranger),
        attested(reviewId="0" * 64),
        attested(decisionId="2"),
        attested(reviewer=ZOE),
        attested(commentSha256="00" * 32),
    ],
)
def test_no_answer_is_kept_for_what_the_front_door_has_not_sent(proof: str | None) -> None:
    assert answer_keys(proof) == []


def told_delegation(by: Signer = DOOR, **changes: Any) -> DelegationV1:
    told = DELEGATION | {"by": ANA, "to": ZOE, "from": NOW.isoformat(), "until": (NOW + DAYS).isoformat()}
    made = {name: told[name] for name in ("by", "to", "from", "until")} | SIGN_IN
    made |= {"aud": "document-compliance:review-decisions", "iat": IAT} | changes
    return DelegationV1.model_validate(told | {"proof": by.sign(made, typ=DELEGATION_TYPE)})


def test_the_answer_to_a_delegation_is_beside_it_for_whoever_the_front_door_saw_delegate() -> None:
    arrival = Arrival("message", b"", NOW, NOW, 0, None, {})
    [row] = rows_of_kept(told_delegation(), arrival)
    assert row["PartitionKey"] == f"delegate-{text_digest(ZOE)}"
    assert row["RowKey"] == f"answer-{text_digest(hashed_id('delegate', 'message'))}"
    assert (row["objectId"], row["answer"], row["refused"]) == (SIGN_IN["oid"], "recorded", False)
    for forged in (told_delegation(stranger), told_delegation(to="eve@example.org"), told_delegation(by_person())):
        assert rows_of_kept(forged, arrival) == ()
    assert rows_of_kept(told_delegation().model_copy(update={"proof": None}), arrival) == ()


def by_person() -> Signer:
    return replace(ana_ec, kid=DOOR.kid)


async def test_a_refused_message_is_answered_too_and_only_an_attested_one_costs_a_request() -> None:
    kept: list[tuple[str, str, GivenAnswer]] = []

    async def put_refused(*told: Any) -> None:
        kept.append(told)

    app: Any = SimpleNamespace(ledger=SimpleNamespace(answers=SimpleNamespace(put_refused=put_refused)))
    for proof in (None, attested(by=stranger), attested()):
        message = parse_decision(json.dumps(said("approve") | ({"proof": proof} if proof else {})).encode())
        assert isinstance(message, AboutReview)
        await keep_refused(
            app, message, Arrival("message", b"", NOW, NOW + DAYS, 0, None, {}), Answer.LATE, "too late", head=HEAD
        )
    assert answer_keys(attested(), answer=Answer.DUPLICATE) == []

    [(review, answer_id, given)] = kept
    assert (review, answer_id, given.object_id) == (HEAD.review_id, "1", SIGN_IN["oid"])
    assert (given.answer, given.refused, given.explanation, given.at) == ("late", True, "too late", NOW + DAYS)
