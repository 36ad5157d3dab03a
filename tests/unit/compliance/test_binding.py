"""Who has which name, and what one person with several names may do in one review."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from compliance.outcome import Answer, Vote
from compliance.people.binding import MOST_NAMES, Account, Binding, Rebinding, bind, conflict, other_names, unbind
from compliance.people.delegation import Delegation
from compliance.refusal import Refusal
from compliance.review import EndedRight
from compliance.rulings import Ruling
from compliance.transitions import record
from evidence.checks import first_fault
from tests import builders
from tests.journeys import Journey, hour, opened

ANN, ANA, BEN, ZOE = "ann@example.org", "ana@example.org", "ben@example.org", "zoe@example.org"
HERE, THERE = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
ONE, OTHER, GUEST = Account(HERE, "1"), Account(HERE, "2"), Account(THERE, "1")
BOUND = Binding(ONE, (ANN,))


def bound(name: str, account: Account, *, replace: bool = False, also: tuple[Binding, ...] = ()) -> object:
    """Return what giving a name to an account comes to while Ann is bound."""
    people = (BOUND, *also)
    of_name = next((each for each in people if each.has(name)), None)
    of_account = next((each for each in people if each.account == account), None)
    return bind(name, account, of_name, of_account, replace=replace)


def test_a_new_name_of_a_new_account_is_bound() -> None:
    assert bound(BEN, OTHER) == Rebinding(Binding(OTHER, (BEN,)))


@pytest.mark.parametrize("spelling", [ANN, ANN.upper(), f" {ANN}", f"Ann <{ANN}>"])
def test_what_is_bound_stays_bound_however_the_name_is_spelt(spelling: str) -> None:
    assert bound(spelling, ONE) is None
    assert bound(spelling, ONE, replace=True) is None
    assert conflict(spelling, ONE, BOUND, BOUND) is None


@pytest.mark.parametrize(
    ("name", "account", "said"),
    [
        (ANN, OTHER, "the name ann@example.org is bound to another account"),
        (ANN, GUEST, "the name ann@example.org is bound to another account"),
        (ANA, ONE, "is bound to the name ann@example.org, not ana@example.org"),
    ],
)
def test_a_name_of_another_account_or_another_name_of_an_account_is_refused(
    name: str, account: Account, said: str
) -> None:
    refused = bound(name, account)
    assert isinstance(refused, Refusal)
    assert refused.answer is Answer.WRONG_PERSON
    assert said in refused.text
    assert "compliance people bind --replace" in refused.text


def test_a_renamed_person_keeps_the_earlier_name() -> None:
    renamed = bound(ANA, ONE, replace=True)
    assert renamed == Rebinding(Binding(ONE, (ANA, ANN)))
    assert isinstance(renamed, Rebinding)
    assert other_names(ANN, renamed.bound) == (ANA,)
    assert bind(ANN, ONE, renamed.bound, renamed.bound, replace=False) is None  # a message that waited
    assert bind(ANN, ONE, renamed.bound, renamed.bound, replace=True) == Rebinding(Binding(ONE, (ANN, ANA)))


def test_an_inherited_name_is_taken_from_who_had_it() -> None:
    assert bound(ANN, OTHER, replace=True) == Rebinding(Binding(OTHER, (ANN,)), Binding(ONE, ()))
    renamed = Binding(ONE, (ANA, ANN))
    found = bind(ANN, OTHER, renamed, None, replace=True)
    assert found == Rebinding(Binding(OTHER, (ANN,)), Binding(ONE, (ANA,)))


def test_a_name_is_unbound_alone() -> None:
    assert unbind(ANN.upper(), Binding(ONE, (ANA, ANN))) == Binding(ONE, (ANA,))
    assert other_names(ANN, None) == ()


def test_an_account_has_a_bounded_number_of_names() -> None:
    full = Binding(ONE, tuple(f"{number}@example.org" for number in range(MOST_NAMES)))
    refused = bind(ANA, ONE, None, full, replace=True)
    assert isinstance(refused, Refusal)
    assert "unbind one" in refused.text


def ruled(head_of: Journey, names: tuple[str, ...], *delegations: Delegation, **said: Any) -> Ruling:
    """Rule on a decision by somebody of these names, the first of which is today's."""
    sent = {"decision_id": "new", "message_id": "new", "enqueued_at": hour(5), **said}
    decision = builders.decision(reviewer=names[0], **sent)
    found = record(head_of.head, head_of.decisions, decision, delegations, other_names=names[1:])
    assert found
    return found


def with_decision_of(reviewer: str, **rules: Any) -> Journey:
    journey = opened(approvals_needed=2, **rules)
    journey.decide(builders.decision(reviewer=reviewer, enqueued_at=hour(1)))
    return journey


@pytest.mark.parametrize("rules", [{}, {"reviewers": (ANN, BEN, ZOE)}, {"reviewers": (ANN, ANA, BEN)}], ids=str)
def test_who_has_decided_under_one_name_has_decided_under_all(rules: dict[str, Any]) -> None:
    journey = with_decision_of(ANN, **rules)
    assert ruled(journey, (ANA, ANN)).explanation == f"{ANA} has decided already; one person counts once"
    assert ruled(journey, (BEN,)).answer is Answer.RECORDED


def test_a_renamed_person_fills_the_place_of_the_earlier_name_once() -> None:
    journey = opened(reviewers=(ANN, BEN), approvals_needed=2)
    assert ruled(journey, (ANA,)).answer is Answer.NOT_PERMITTED
    ruling = ruled(journey, (ANA, ANN))
    journey.make(ruling)
    row = journey.decisions[-1].decision

    assert (row.reviewer, row.known_as, row.person) == (ANA, ANN, ANN)
    assert first_fault(journey.evidence()) is None
    again = {"decision_id": "again", "message_id": "again"}
    assert ruled(journey, (ANN, ANA), **again).answer is Answer.NOT_PERMITTED
    assert ruled(journey, (ANA, ANN), **again).answer is Answer.NOT_PERMITTED
    journey.make(ruled(journey, (BEN,), **again))
    assert journey.head
    assert journey.head.verdict == "approve"
    assert first_fault(journey.evidence()) is None


def test_who_may_change_their_mind_may_do_so_under_another_name() -> None:
    journey = with_decision_of(ANN, reviewers=(ANN, BEN), may_change_mind=True, reject_veto=False)
    journey.make(ruled(journey, (ANA, ANN), vote=Vote.REJECT, comment="no"))
    assert journey.head
    assert journey.head.verdict == "reject"  # Ben alone cannot give two approvals
    assert first_fault(journey.evidence()) is None


def test_nobody_decides_on_their_own_document_under_another_name() -> None:
    journey = opened()
    assert "of their own" in str(ruled(journey, (ANA, builders.SUBMITTER)).explanation)
    relaxed = opened(separation_of_duties=False, reviewers=(ANA, BEN))
    assert ruled(relaxed, (ANA, builders.SUBMITTER)).answer is Answer.RECORDED


def test_a_right_that_has_ended_under_one_name_has_ended_under_all() -> None:
    journey = opened(reviewers=(ANA, BEN))
    assert journey.head
    ended = EndedRight(ANN, hour(2), "has left")
    head = replace(journey.head, ended_rights=(ended,))
    said = builders.decision(reviewer=ANA, enqueued_at=hour(5))
    refused = record(head, [], said, other_names=(ANN,))
    assert refused
    assert "has left" in str(refused.explanation)

    given_back = replace(journey.head, ended_rights=(replace(ended, ends=hour(3)),))
    counted = record(given_back, [], said, other_names=(ANN,))
    assert counted
    assert counted.answer is Answer.RECORDED


def given(by: str, to: str) -> Delegation:
    return Delegation(by, to, hour(0), hour(9), hour(0))


def test_a_renamed_delegate_stands_in_once() -> None:
    journey = opened(reviewers=(BEN, ZOE), approvals_needed=2)
    assert ruled(journey, (ANA,), given(BEN, ANN)).answer is Answer.RECORDED  # who looked it up under that name
    journey.make(ruled(journey, (ANA, ANN), given(BEN, ANN)))
    row = journey.decisions[-1].decision

    assert (row.reviewer, row.known_as, row.on_behalf_of) == (ANA, ANN, BEN)
    assert first_fault(journey.evidence()) is None
    for names in ((ANA, ANN), (ANN, ANA)):
        once_more = ruled(journey, names, given(ZOE, ANN), decision_id="2", message_id="2")
        assert "one person counts once" in str(once_more.explanation)


def test_nobody_stands_in_on_their_own_document_under_another_name() -> None:
    for rules in ({"reviewers": (BEN,)}, {"reviewers": (BEN,), "separation_of_duties": False}):
        refused = ruled(opened(**rules), (ANA, builders.SUBMITTER), given(BEN, ANA))
        assert "of their own" in str(refused.explanation)


def test_a_decision_without_other_names_is_as_it_was() -> None:
    journey = with_decision_of(ANN)
    assert ruled(journey, (ANA,)).answer is Answer.RECORDED
    assert ruled(journey, (ANA, ZOE)).transition.decision == ruled(journey, (ANA,)).transition.decision
