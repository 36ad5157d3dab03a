"""Whom a review concerns, by roles, names, delegations and decisions; and what is answered to odd requests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from compliance.people.binding import Account, Binding, Rebinding
from compliance.people.delegation import Delegation
from compliance.people.levels import Level
from tests import builders
from tests.front_door import TENANT
from tests.unit.web.house import ANN, AVA, BEN, EVE, NOW, OLGA, PDF, SAM, House, json_of, oid_of, signed_in, url


async def test_a_sign_in_that_is_not_believed_does_not_go_round_in_circles() -> None:
    answer = await House().call("GET", "/", ANN, **{"X-MS-CLIENT-PRINCIPAL": signed_in(ANN, aud="x").popitem()[1]})

    assert answer.status_code == 401
    assert b"/.auth/logout" in answer.get_body()


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "same-origin", "Origin": None}, {"Origin": None, "Authorization": "Bearer x"}],
    ids=str,
)
async def test_our_own_pages_and_programs_with_a_token_can(headers: dict[str, Any]) -> None:
    answer = await House().call("POST", "/api/v1/delegations", ANN, {}, **headers)

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("person", "sees"),
    [(ANN, True), (BEN, False), (SAM, True), (AVA, True), (OLGA, False), (EVE, False), ("ANN@EXAMPLE.ORG", True)],
)
async def test_a_review_is_seen_by_whom_it_concerns(person: str, sees: bool) -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()

    assert (await house.get(url(head), person)).status_code == (200 if sees else 404)


@pytest.mark.parametrize(("person", "sees"), [(BEN, True), (EVE, False), (OLGA, False)])
async def test_where_the_policy_names_nobody_the_role_counts(person: str, sees: bool) -> None:
    house = House()
    head = await house.add()

    assert (await house.get(url(head), person)).status_code == (200 if sees else 404)
    listed = json_of(await house.get("/api/v1/reviews", person))["reviews"]
    assert [each["reviewId"] for each in listed] == ([head.review_id] if sees else [])


@pytest.mark.parametrize(
    ("level", "demanded", "key_sets", "sees"),
    [
        (Level.NONE, Level.NONE, (), False),
        (Level.NONE, Level.SIGN_IN, (), False),
        (Level.SIGN_IN, Level.NONE, (), True),
        (Level.SIGN_IN, Level.SIGN_IN, (), True),
        (Level.SIGN_IN, Level.OWN_KEY, (), False),
        (Level.OWN_KEY, Level.NONE, ("of another class",), False),
        (Level.OWN_KEY, Level.NONE, ("keys",), True),
    ],
)
async def test_whoever_stands_in_by_a_delegation_with_a_proof_sees_what_waits(
    level: Level, demanded: Level, key_sets: tuple[str, ...], sees: bool
) -> None:
    """Whoever can send messages can send a delegation without a proof: it must show them nothing, in no class."""
    house = House(reviewers=(ANN,), proof=demanded, verification_keys="keys")
    head = await house.add()
    hour = timedelta(hours=1)
    given = Delegation(ANN, EVE, NOW - hour, NOW + hour, NOW, level=level, key_sets=key_sets)
    await house.door.delegations.take(given)

    for path in (url(head), url(head, "/document"), f"/reviews/{head.review_id}"):
        assert (await house.get(path, EVE)).status_code == (200 if sees else 404)
    listed = json_of(await house.get("/api/v1/reviews", EVE))["reviews"]
    assert [each["reviewId"] for each in listed] == ([head.review_id] if sees else [])
    if level is Level.NONE:
        assert json_of(await house.get("/api/v1/me", EVE))["standsInFor"] == []


@pytest.mark.parametrize(("proof", "sees"), [(None, False), ("a.b.c", True)])
async def test_a_decision_under_somebodys_name_shows_them_nothing_without_a_proof(
    proof: str | None, sees: bool
) -> None:
    """Where the policy names nobody, whoever can send messages could let a friend see the document."""
    house = House()
    decision = builders.decision(reviewer=EVE, proof=proof)
    head = await house.add(PDF, decision)
    await house.door.ledger.own.put_decided(EVE, head.review_id, NOW)

    assert (await house.get(url(head), EVE)).status_code == (200 if sees else 404)
    listed = json_of(await house.get("/api/v1/reviews?list=decided", EVE))["reviews"]
    assert len(listed) == sees


async def test_a_person_is_found_by_the_names_that_they_had_before() -> None:
    house = House(reviewers=("ann@old.example",))
    head = await house.add()
    await bind(house, "ann@old.example", Account(TENANT, oid_of(ANN)), ANN)

    listed = json_of(await house.get("/api/v1/reviews", ANN))["reviews"]

    assert [each["reviewId"] for each in listed] == [head.review_id]
    assert json_of(await house.get("/api/v1/me", ANN))["otherNames"] == ["ann@old.example"]


async def bind(house: House, name: str, account: Account, *newer: str) -> None:
    from adapters.ledger.bindings import BindingChange  # noqa: PLC0415 of this test alone

    names = (*newer, name)
    for each in names:
        change = BindingChange(f"c-{each}", NOW, "bind", each, account, "olga", "test")
        await house.door.bindings.change(each, account, lambda *_: Rebinding(Binding(account, names)), change)


@pytest.mark.parametrize(
    "path", ["/static/../routes.py", "/static/%2e%2e/routes.py", "/static//etc/passwd", "/static/..%2froutes.py"]
)
async def test_no_file_but_the_static_ones_is_served(path: str) -> None:
    answer = await House().call("GET", path, ANN)

    assert answer.status_code == 404
    assert b"import" not in answer.get_body()


async def test_me_says_who_one_is() -> None:
    said = json_of(await House().get("/api/v1/me", ANN))

    assert (said["name"], said["roles"], said["objectId"]) == (ANN, ["Reviewer"], oid_of(ANN))
    assert said["standsInFor"] == []


@pytest.mark.parametrize("cursor", ["..", "a/b", "'", "x" * 200, "%00"])
async def test_a_cursor_of_nobodys_making_is_refused(cursor: str) -> None:
    assert (await House().get(f"/api/v1/reviews?cursor={cursor}", ANN)).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "list=all",
        "list=finished&outcome=good",
        "list=finished&since=now",
        "name=a",
        "list=unfinished&since=now",
        "limit=5",
    ],
)
async def test_a_list_that_cannot_be_is_refused(query: str) -> None:
    assert (await House().get(f"/api/v1/reviews?{query}", AVA)).status_code == 400


@pytest.mark.parametrize("which", ["finished", "unfinished"])
async def test_all_reviews_are_for_auditors(which: str) -> None:
    house = House(reviewers=(ANN,))
    await house.add()

    assert (await house.get(f"/api/v1/reviews?list={which}", ANN)).status_code == 403
    listed = json_of(await house.get(f"/api/v1/reviews?list={which}", AVA))["reviews"]
    assert len(listed) == (which == "unfinished")


async def test_an_auditor_sees_everything_and_decides_nothing() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()

    shown = json_of(await house.get(url(head), AVA))

    assert shown["links"]["decisions"] is None
    assert shown["waitsFor"] == [ANN]
    assert shown["deadline"] == builders.DEADLINE.isoformat().replace("+00:00", "Z")
