"""Whose name it is: what the front door has seen binds names to accounts, and nobody counts under a stolen one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters import attestation_keys, verification_keys
from adapters.ledger.store import StoredReview
from adapters.messaging.arrivals import Arrival
from compliance.outcome import Answer
from compliance.people.binding import Account, Binding
from compliance.people.delegation import Delegation
from compliance.people.levels import Level
from compliance.people.reviewers import Revocation
from compliance.review import EndedRight, Head
from compliance.rulings import Ruling, Transition
from contracts.messages.commands import parse_command
from contracts.messages.decisions import AboutReview, DelegationV1, parse_decision
from reviews import delegating
from reviews.delegating import delegate, given_delegation
from reviews.operators.binding_people import rebind_person
from reviews.operators.revoking import revoke_person
from reviews.recording import record_message
from tests import builders, signing_keys
from tests.bound_people import BoundPeople
from tests.front_door import DELEGATION_TYPE, DOOR, SIGN_IN, TENANT, TYPE, attest_submission, key_set_text, public_jwk
from tests.journeys import Journey, hour, opened
from tests.malformed import DELEGATION
from tests.signing_keys import signer

ANN, ANA, BEN = "ann@example.org", "ana@example.org", "ben@example.org"
OTHER_TENANT = "99999999-2222-3333-4444-555555555555"
ONE, TWO, THREE = (f"{digit * 8}-bbbb-cccc-dddd-eeeeeeeeeeee" for digit in "123")
FIRST, SECOND, GUEST = Account(TENANT, ONE), Account(TENANT, TWO), Account(OTHER_TENANT, ONE)


ANNS_KEY, BENS_KEY = signer("ann-1", ANN), signer("ben-1", BEN)


class Company:
    """An app with one review, its bound people, its revocations and the delegations that it has taken."""

    def __init__(self, journey: Journey, *people: Binding) -> None:
        self.journey, self.has_front_door = journey, True
        self.revoked: dict[str, Revocation] = {}
        self.bindings = BoundPeople(*people, revoked=self.revoked)
        self.delegated: list[Delegation] = []
        self.proofs: dict[str, str] = {}  # by the id of the decision: a message that comes again has the same
        assert journey.head
        etag = journey.head.document.etag
        self.documents = SimpleNamespace(
            current=self._answer(SimpleNamespace(etag=etag)), remember_untagged=lambda _: None
        )
        self.ledger = SimpleNamespace(
            attempts=self._attempts,
            change=self._change,
            find=self._find_head,
            unfinished=SimpleNamespace(ids=self._answer([journey.head.review_id])),
            review=self._answer(None),
        )
        self.revocations = SimpleNamespace(find=self._find_revocation, take=self._revoke)
        self.delegations = SimpleNamespace(
            list_to=self._delegated_to, take=self._delegate, end_of=self._end_delegations
        )
        self.inboxes = SimpleNamespace()

    @staticmethod
    def _answer(value: Any) -> Any:
        async def answer(*_: object) -> Any:
            return value

        return answer

    async def _attempts(self, _: str) -> AsyncIterator[Any]:
        async def commit(transition: Transition, **_: Any) -> Transition:
            if transition.writes:
                self.journey.make(transition)
            return transition

        assert self.journey.head
        yield SimpleNamespace(review=StoredReview(self.journey.head, self.journey.decisions, "etag"), commit=commit)

    async def _change(self, _: str, step: Any) -> Head | None:
        if (made := step(self.journey.head)).writes:
            self.journey.make(made)
        return self.journey.head

    async def _find_head(self, _: str) -> Head | None:
        return self.journey.head

    async def _find_revocation(self, person: str) -> Revocation | None:
        return self.revoked.get(person)

    async def _revoke(self, new: Revocation) -> None:
        self.revoked[new.right.person] = new

    async def _delegate(self, given: Delegation, *_: Any) -> None:
        self.delegated.append(given)

    async def _delegated_to(self, person: str) -> list[Delegation]:
        return [each for each in self.delegated if each.to == person]

    async def _end_delegations(self, person: str, before: datetime) -> int:
        over = [each for each in self.delegated if person in (each.by, each.to) and each.enqueued_at <= before]
        self.delegated = [each for each in self.delegated if each not in over]
        return len(over)

    @property
    def any(self) -> Any:
        return self

    async def decide(
        self, reviewer: str, account: Account | None, decision_id: str = "1", level: Level = Level.SIGN_IN
    ) -> Ruling:
        """Rule on an approval for which the front door vouches, nobody if there is no account, or Ben's own key."""
        assert self.journey.head
        said = {"reviewId": self.journey.head.review_id, "decisionId": decision_id, "decision": "approve"}
        said["reviewer"] = reviewer
        if account:
            claims = said | {"aud": "document-compliance:review-decisions", "iat": int(hour(1).timestamp())}
            claims |= {"documentSha256": builders.SHA256}
            signed_in = {"iss": SIGN_IN["iss"], "tid": account.tenant_id, "oid": account.object_id}
            signed_in |= {"otp": True} if level is Level.CODE else {}
            proof = BENS_KEY.sign(claims) if level is Level.OWN_KEY else DOOR.sign(claims | signed_in, typ=TYPE)
            said["proof"] = self.proofs.setdefault(decision_id, proof)
        message = parse_decision(json.dumps(said).encode())
        assert isinstance(message, AboutReview)
        arrival = Arrival(f"m-{decision_id}", b"", hour(1), hour(1), 0, None, {})
        ruling = await record_message(self.any, message, arrival)
        assert ruling
        return ruling

    async def order(self, command: dict[str, Any], message_id: str = "order-1") -> Any:
        """Carry out an operator's command."""
        body = json.dumps({"by": "olga", "reason": "because", **command}).encode()
        arrival = Arrival(message_id, body, hour(0.5), hour(0.5), 0, None, {})
        parsed: Any = parse_command(body)
        carry_out = revoke_person if command["type"] == "RevokePersonV1" else rebind_person
        return await carry_out(self.any, parsed, arrival)

    def names(self) -> dict[str, tuple[str, ...]]:
        return {account.object_id: binding.names for account, binding in self.bindings.people.items()}


def bind(name: str, account: Account, **changes: Any) -> dict[str, Any]:
    ids = {"tenantId": account.tenant_id, "objectId": account.object_id}
    return {"type": "BindPersonV1", "person": name, **ids, **changes}


UNBIND = {"type": "UnbindPersonV1", "person": ANN}


@pytest.fixture(autouse=True)
def _door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "door.json"
    file.write_text(key_set_text(public_jwk()))
    monkeypatch.setattr(attestation_keys, "settings", lambda: SimpleNamespace(attestation_keys=str(file)))
    monkeypatch.setattr(delegating, "policies", lambda: SimpleNamespace(key_sets=frozenset[str]()))


def company(*people: Binding, proof: Level = Level.SIGN_IN, **rules: Any) -> Company:
    return Company(opened(**{"approvals_needed": 2, "proof": proof, **rules}), *people)


async def test_the_first_attested_decision_binds_the_name_once() -> None:
    app = company()
    assert (await app.decide(ANN, FIRST)).answer is Answer.RECORDED
    assert app.names() == {ONE: (ANN,)}
    [made] = app.bindings.changes
    assert (made.by, made.name, made.account) == ("front door", ANN, FIRST)

    assert (await app.decide(ANN, FIRST)).answer is Answer.RECORDED  # delivered again
    assert len(app.bindings.changes) == 1
    assert len(app.journey.decisions) == 1


async def test_of_two_accounts_that_come_first_at_once_one_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process has read, before this one wrote, that the name is nobody's."""
    app = company(Binding(FIRST, (ANN,)))
    with monkeypatch.context() as patched:
        patched.setattr("reviews.recording.find_sender", app._answer((None, None)))
        ruling = await app.decide(ANN, SECOND, "2")
    assert (ruling.answer, app.journey.decisions) == (Answer.WRONG_PERSON, [])


THEFTS = {
    "by name: a new person with an inherited address": (ANN, SECOND, "the name ann@example.org is bound to another"),
    "by oid: the same person under another name": (ANA, FIRST, "is bound to the name ann@example.org"),
    "by a guest: the same object id in another tenant": (ANN, GUEST, "the name ann@example.org is bound to another"),
    "by a guest whose name here spells the same": ("ann_example.org#EXT#@contoso.onmicrosoft.com", SECOND, "another"),
    "by name in another spelling": (f" {ANN.upper()}", SECOND, "is bound to another account"),
}


@pytest.mark.parametrize("theft", THEFTS)
async def test_a_stolen_binding_counts_for_nobody(theft: str) -> None:
    name, account, said = THEFTS[theft]
    app = company(Binding(FIRST, (ANN,)), reviewers=(ANN, ANA, BEN))
    ruling = await app.decide(name, account)

    assert (ruling.answer, ruling.writes) == (Answer.WRONG_PERSON, False)
    assert said in str(ruling.explanation)
    assert "an operator binds" in str(ruling.explanation)
    assert app.journey.decisions == []
    assert app.names() == {ONE: (ANN,)}


async def test_what_does_not_count_binds_nobody() -> None:
    app = company(reviewers=(BEN,), approvals_needed=1)
    assert (await app.decide(ANN, FIRST)).answer is Answer.NOT_PERMITTED
    assert app.names() == {}


async def test_messages_without_a_sign_in_keep_their_names_and_bind_nobody() -> None:
    app = company(Binding(FIRST, (ANN,)), proof=Level.NONE)
    assert (await app.decide(ANN, None)).answer is Answer.RECORDED
    assert (await app.decide(BEN, None, "2")).answer is Answer.RECORDED
    assert app.names() == {ONE: (ANN,)}


async def test_without_a_front_door_nobody_looks_for_bindings() -> None:
    app = company(proof=Level.NONE)
    app.has_front_door, app.bindings = False, None  # type: ignore[assignment]
    assert (await app.decide(ANN, None)).answer is Answer.RECORDED


async def test_an_inherited_address_counts_for_nobody_until_it_is_bound() -> None:
    app = company(Binding(FIRST, (ANN,)))
    assert (await app.decide(ANN, SECOND)).answer is Answer.WRONG_PERSON
    refused = await app.order(bind(ANN, SECOND))
    assert (refused.answer, app.names()) == (Answer.WRONG_PERSON, {ONE: (ANN,)})
    assert (await app.order(bind(ANN, SECOND, replace=True), "order-2")).answer is Answer.RECORDED
    assert (await app.decide(ANN, SECOND)).answer is Answer.RECORDED
    assert app.names() == {TWO: (ANN,)}


async def test_a_renamed_person_stays_one() -> None:
    app = company(Binding(FIRST, (ANN,)), reviewers=(ANN, BEN))
    assert (await app.decide(ANA, FIRST)).answer is Answer.NOT_PERMITTED  # nobody of that name is a reviewer
    assert (await app.order(bind(ANA, FIRST, replace=True))).answer is Answer.RECORDED
    assert (await app.decide(ANA, FIRST)).answer is Answer.RECORDED
    assert app.journey.decisions[0].decision.known_as == ANN
    assert (await app.decide(ANN, FIRST, "2")).answer is Answer.NOT_PERMITTED


async def test_an_unbound_name_is_free() -> None:
    app = company(Binding(FIRST, (ANN,)))
    for message_id in ("order-1", "order-2"):
        assert (await app.order(UNBIND, message_id)).answer is Answer.RECORDED
    assert (await app.decide(ANN, SECOND)).answer is Answer.RECORDED
    assert app.names() == {TWO: (ANN,)}


async def test_a_command_that_comes_again_after_another_changes_nothing() -> None:
    app = company()
    first, later = bind(ANN, FIRST), bind(ANN, SECOND, replace=True)
    assert (await app.order(first, "order-1")).answer is Answer.RECORDED
    assert (await app.order(later, "order-2")).answer is Answer.RECORDED
    assert (await app.order(first, "order-1")).answer is Answer.RECORDED
    assert app.names() == {TWO: (ANN,)}


async def test_a_revocation_ends_the_right_under_every_name(monkeypatch: pytest.MonkeyPatch) -> None:
    async def correct(*_: object) -> None: ...

    monkeypatch.setattr("reviews.operators.revoking.correct_inboxes", correct)
    app = company(Binding(FIRST, (ANA, ANN)), reviewers=(ANN, BEN))
    reply = await app.order({"type": "RevokePersonV1", "person": ANA})

    assert reply.answer is Answer.RECORDED
    assert f"{ANN} is a reviewer in open reviews" in reply.explanation
    assert set(app.revoked) == {ANA, ANN}
    for name in (ANN, ANA):
        ruling = await app.decide(name, FIRST, name)
        assert (ruling.answer, "because" in str(ruling.explanation)) == (Answer.NOT_PERMITTED, True)


async def test_a_new_name_gives_no_right_back() -> None:
    app = company(Binding(FIRST, (ANN,)))
    app.revoked[ANN] = Revocation(EndedRight(ANN, hour(0), "has left"), "olga", hour(0))
    reply = await app.order(bind(ANA, FIRST, replace=True))

    assert "the right of ana@example.org has ended: has left" in reply.explanation
    assert app.revoked[ANA].right == replace(app.revoked[ANN].right, person=ANA)
    assert (await app.decide(ANA, FIRST)).answer is Answer.NOT_PERMITTED


def proven_delegation(level: Level) -> Delegation:
    """Return Ann's delegation to Ben, given at this level."""
    told = DELEGATION | {"by": ANN, "to": BEN, "from": hour(0).isoformat(), "until": hour(9).isoformat()}
    claims: dict[str, Any] = {name: told[name] for name in ("by", "to", "from", "until")}
    claims |= {"aud": "document-compliance:review-decisions", "iat": int(hour(0.1).timestamp())}
    told.pop("proof", None)
    if level is Level.OWN_KEY:
        told["proof"] = ANNS_KEY.sign(claims, typ="compliance-delegation+jwt")
    elif level is not Level.NONE:
        code = {"otp": True} if level is Level.CODE else {}
        told["proof"] = DOOR.sign(claims | SIGN_IN | code, typ=DELEGATION_TYPE)
    arrival = Arrival("1", b"", hour(0.1), hour(0.1), 0, None, {})
    given = given_delegation(DelegationV1.model_validate(told), arrival, frozenset({"keys.json"}))
    assert isinstance(given, Delegation)
    return given


@pytest.mark.parametrize("of_class", Level)
async def test_a_delegates_decision_counts_if_both_the_delegation_and_the_decision_are_proved(
    of_class: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keys.json").write_text(signing_keys.key_set_text(ANNS_KEY.jwk(), BENS_KEY.jwk()))
    found = SimpleNamespace(
        policy_file=tmp_path / "policies.yaml", verification_keys={}, attestation_keys=str(tmp_path / "door.json")
    )
    monkeypatch.setattr(verification_keys, "settings", lambda: found)
    for given in Level:
        for sent in Level:
            app = company(proof=of_class, reviewers=(ANN,), approvals_needed=1, verification_keys="keys.json")
            app.delegated = [proven_delegation(given)]
            ruling = await app.decide(BEN, None if sent is Level.NONE else SECOND, level=sent)
            counts = given.reaches(of_class) and sent.reaches(of_class)
            assert ruling.answer is (Answer.RECORDED if counts else Answer.PROOF_MISSING), (given, sent)
            assert len(app.journey.decisions) == counts
            binds = counts and sent in (Level.SIGN_IN, Level.CODE)
            assert app.names() == ({TWO: (BEN,)} if binds else {})


@pytest.mark.parametrize(
    ("forged", "answer"),
    [
        ({"proof": None}, Answer.PROOF_MISSING),
        ({"ends": hour(20)}, Answer.PROOF_INVALID),
        ({"by": "zoe"}, Answer.PROOF_INVALID),
        ({"proof": DOOR.sign({}, typ=DELEGATION_TYPE)}, Answer.PROOF_INVALID),
    ],
    ids=["no proof", "a later end", "another person", "no claims"],
)
async def test_who_can_write_the_table_of_delegations_decides_nothing(forged: dict[str, Any], answer: Answer) -> None:
    app = company(reviewers=(ANN, "zoe"), approvals_needed=1)
    app.delegated = [replace(proven_delegation(Level.SIGN_IN), **forged)]
    assert (await app.decide(BEN, SECOND)).answer is answer
    assert (app.journey.decisions, app.names()) == ([], {})


def delegation(by: str, to: str) -> Delegation:
    return Delegation(by, to, hour(0), hour(9), hour(0.1))


@pytest.mark.parametrize("command", [bind(ANN, SECOND, replace=True), UNBIND], ids=["bind", "unbind"])
async def test_whoever_inherits_a_name_has_delegated_nothing_and_stands_in_for_nobody(command: dict[str, Any]) -> None:
    app = company(Binding(FIRST, (ANN,)), proof=Level.NONE, reviewers=(ANN, BEN, "zoe"))
    later = replace(delegation(ANN, "eve"), enqueued_at=hour(0.6))
    app.delegated = [delegation(ANN, "kim"), delegation(BEN, ANN), delegation(BEN, "kim"), later]
    reply = await app.order(command)

    assert app.delegated == [delegation(BEN, "kim"), later]
    assert "2 delegations by or to ann@example.org have ended" in reply.explanation


async def test_a_renamed_person_keeps_their_delegations() -> None:
    app = company(Binding(FIRST, (ANN,)), proof=Level.NONE, reviewers=(ANN, BEN))
    app.delegated = [delegation(ANN, "kim")]
    await app.order(bind(ANA, FIRST, replace=True))
    await app.order(bind(ANN, FIRST, replace=True), "order-2")
    assert (await app.decide("kim", None)).answer is Answer.RECORDED


@pytest.mark.parametrize("command", [bind(ANA, FIRST, replace=True), UNBIND], ids=["bind", "unbind"])
async def test_a_command_that_died_half_way_is_finished_when_it_comes_again(
    command: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The binding is changed first; what follows from it must not be forgotten."""

    async def die(*_: object) -> None:
        raise ConnectionError

    app = company(Binding(FIRST, (ANN, "anna")), proof=Level.NONE)
    app.revoked["anna"] = Revocation(EndedRight("anna", hour(0), "has left"), "olga", hour(0))
    app.delegated = [delegation(ANN, "kim")]
    with monkeypatch.context() as patched:
        patched.setattr(app.delegations, "end_of", die)
        patched.setattr(app.revocations, "find", die)
        with pytest.raises(ConnectionError):
            await app.order(command)
    changed = app.names()
    await app.order(command)

    assert (app.names(), len(app.bindings.changes)) == (changed, 1)
    assert (ANA in app.revoked, not app.delegated) == (ANA in str(changed), ANA not in str(changed))


@pytest.mark.parametrize("change", [bind(ANN, SECOND, replace=True), UNBIND], ids=["bind", "unbind"])
async def test_a_place_that_was_filled_stays_filled_when_the_name_changes_hands(change: dict[str, Any]) -> None:
    app = company(Binding(FIRST, (ANN,)), reviewers=(ANN, BEN))
    assert (await app.decide(ANN, FIRST)).answer is Answer.RECORDED
    assert (await app.order(change)).answer is Answer.RECORDED
    assert (await app.decide(ANN, SECOND, "2")).answer is Answer.NOT_PERMITTED
    again = await app.decide(BEN, FIRST, "3")  # the same account under a name that is free
    assert (again.answer, "has decided already" in str(again.explanation)) == (Answer.NOT_PERMITTED, True)
    assert (await app.decide(BEN, Account(TENANT, THREE), "4")).answer is Answer.RECORDED


async def test_an_account_decides_on_no_document_that_it_has_submitted_under_another_name() -> None:
    said: dict[str, Any] = {"container": "submissions", "name": "a.txt", "etag": "0x1", "submitter": ANN}
    proof = attest_submission(**said, documentSha256=builders.SHA256, tid=TENANT, oid=ONE)
    journey = opened(reviewers=(BEN, "zoe"), proof=Level.SIGN_IN)
    journey.heads.append(replace(journey.heads[-1], submitter=ANN, submission_proof=proof))
    app = Company(journey)
    assert (await app.decide(BEN, FIRST)).answer is Answer.NOT_PERMITTED
    assert (await app.decide(BEN, SECOND, "2")).answer is Answer.RECORDED


@pytest.mark.parametrize(
    ("by", "account", "answer"), [(ANN, FIRST, None), (ANN, SECOND, "wrong_person"), (ANA, FIRST, "wrong_person")]
)
async def test_nobody_delegates_in_a_stolen_name(by: str, account: Account, answer: str | None) -> None:
    app = company(Binding(FIRST, (ANN,)))
    told = DELEGATION | {"by": by, "to": BEN}
    claims = {name: told[name] for name in ("by", "to", "from", "until")} | SIGN_IN
    claims |= {"tid": account.tenant_id, "oid": account.object_id, "iat": int(hour(1).timestamp())}
    proof = DOOR.sign(claims | {"aud": "document-compliance:review-decisions"}, typ=DELEGATION_TYPE)
    message = DelegationV1.model_validate(told | {"proof": proof})
    refusal = await delegate(app.any, message, Arrival("1", b"", hour(1), hour(1), 0, None, {}))

    assert (refusal.answer if refusal else None) == answer
    assert len(app.delegated) == (0 if answer else 1)
