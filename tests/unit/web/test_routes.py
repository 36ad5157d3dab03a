"""Every route: who gets in, who does not, and what every answer says beside its content."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from compliance.people.binding import Account, Binding, Rebinding
from compliance.people.delegation import Delegation
from compliance.people.levels import Level
from compliance.people.reviewers import Revocation
from compliance.review import EndedRight
from tests import builders
from tests.front_door import TENANT
from tests.unit.web.house import ANN, AVA, BEN, EVE, HOST, NOW, OLGA, PDF, SAM, House, json_of, oid_of, signed_in, url
from web.api.calls import CALLS, Call
from web.pages.routes import PAGE_ROUTES

CALLED = [(call.method, call.path) for call in CALLS]
OF_A_REVIEW = [call for call in CALLS if "{review_id}" in call.path]
ELSEWHERE = [("GET", "/api/v1/nothing"), ("POST", "/api/v1/me"), ("GET", "/api/../api/v1/x"), ("GET", "/api")]


def path_of(path: str, review_id: str = "0" * 64) -> str:
    return "/api/v1" + path.replace("{review_id}", review_id).replace("{decision_id}", "d-1")


@pytest.mark.parametrize(("method", "path"), [(m, path_of(p)) for m, p in CALLED] + ELSEWHERE)
async def test_no_call_answers_anybody_who_has_not_signed_in(method: str, path: str) -> None:
    answer = await House().call(method, path)

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert json_of(answer)["type"] == "urn:compliance:problem:not-signed-in"


@pytest.mark.parametrize(("method", "path"), [(m, path_of(p)) for m, p in CALLED])
async def test_no_call_believes_a_forged_sign_in(method: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "False")

    assert (await House().call(method, path, AVA)).status_code == 401


@pytest.mark.parametrize(
    "path", [*(path for method, path, _ in PAGE_ROUTES if method == "GET"), "/nothing", "/reviews/../x", "/staticfile"]
)
async def test_pages_lead_to_the_sign_in(path: str) -> None:
    answer = await House().call("GET", path)

    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/.auth/login/aad?post_login_redirect_uri=%2F")


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "//evil.example/%2e%2e?a=b"])
async def test_the_sign_in_leads_back_to_no_other_site(path: str) -> None:
    answer = await House().call("GET", path)

    assert answer.headers["location"] == "/.auth/login/aad?post_login_redirect_uri=%2F"


async def test_a_sign_in_that_is_not_believed_does_not_go_round_in_circles() -> None:
    answer = await House().call("GET", "/", ANN, **{"X-MS-CLIENT-PRINCIPAL": signed_in(ANN, aud="x").popitem()[1]})

    assert answer.status_code == 401
    assert b"/.auth/logout" in answer.get_body()


UNSAFE = [path_of(call.path) for call in CALLS if call.method == "POST"] + ["/"]


@pytest.mark.parametrize("path", UNSAFE)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{HOST}.evil.example"},
        {"Origin": "http://other.example", "Authorization": "Bearer x"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": None},
        {"Sec-Fetch-Site": "none", "Origin": None},
        {"Origin": None},
    ],
    ids=str,
)
async def test_another_sites_page_can_send_nothing(path: str, headers: dict[str, Any]) -> None:
    house = House()

    assert (await house.call("POST", path, ANN, {}, **headers)).status_code == 403
    assert house.sent == []


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "same-origin", "Origin": None}, {"Origin": None, "Authorization": "Bearer x"}],
    ids=str,
)
async def test_our_own_pages_and_programs_with_a_token_can(headers: dict[str, Any]) -> None:
    answer = await House().call("POST", "/api/v1/delegations", ANN, {}, **headers)

    assert answer.status_code == 422


@pytest.mark.parametrize("call", OF_A_REVIEW, ids=lambda call: f"{call.method} {call.path}")
@pytest.mark.parametrize("person", [EVE, OLGA])
async def test_somebody_elses_review_looks_like_one_that_does_not_exist(call: Call, person: str) -> None:
    """Not even an operator sees a review that does not concern them."""
    house = House(reviewers=(ANN,))
    head = await house.add()

    answers = [
        await house.call(call.method, path_of(call.path, each), person, {} if call.method == "POST" else None)
        for each in (head.review_id, "0" * 64, "../me", "%2e%2e", "x" * 64, head.review_id.upper())
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.get_body() for answer in answers}) == 1
    assert house.sent == []
    assert house.reads.rows == {}


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


async def test_a_name_is_its_accounts_alone() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    theirs = Account(TENANT, oid_of(EVE))
    await bind(house, ANN, theirs)

    answer = await house.get(url(head), ANN)

    assert answer.status_code == 403
    assert json_of(answer)["type"] == "urn:compliance:problem:wrong-person"
    other = await house.get("/api/v1/me", EVE)
    assert other.status_code == 403, "the account has another name"


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


async def test_a_revoked_person_finds_the_door_shut() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    right = EndedRight(ANN, NOW, "has left")
    await house.door.revocations.take(Revocation(right, "olga", NOW))

    answers = [await house.get(path, ANN) for path in (url(head), "/", "/api/v1/me")]

    assert {answer.status_code for answer in answers} == {403}
    assert b"has left" in answers[0].get_body()


async def test_what_every_answer_says_to_browsers() -> None:
    house = House()
    head = await house.add()

    for path in ("/", "/nothing", "/api/v1/me", url(head), url(head, "/document"), "/static/robots.txt"):
        answer = await house.get(path, BEN)
        assert answer.headers["cache-control"] == "no-store", path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["referrer-policy"] == "same-origin"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy or path.endswith("/document")
        assert ("frame-ancestors 'none'" in policy) is not path.endswith("/document")
        assert "set-cookie" not in answer.headers, "there is no cookie of ours"


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


@pytest.mark.parametrize("query", ["list=all", "list=finished&outcome=good", "list=finished&since=now"])
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
