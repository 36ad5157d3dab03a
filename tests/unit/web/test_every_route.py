"""Every route of pages and API: what each person gets by it, and what no route does. A new route must be listed."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

import azure.functions as func
import pytest
from starlette.routing import Mount, Route

from adapters.ledger.bindings import BindingChange
from compliance.people.binding import Account, Binding, Rebinding
from compliance.people.reviewers import Revocation
from compliance.review import EndedRight, Head
from tests.front_door import TENANT
from tests.unit.web.house import ANN, AVA, BEN, EVE, HOST, NOW, OLGA, PDF, SAM, House, approval, json_of, oid_of
from web.asgi import front_door
from web.form_token import Form, form_token

Method = str
RouteKey = tuple[Method, str]
_BOUNDARY: Final = "----boundary"

# Nobody's friend, a reviewer, the submitter, an auditor, somebody with the role Reviewer whom the policy does not name,
# and an operator: they get these statuses.
PEOPLE: Final = (EVE, ANN, SAM, AVA, BEN, OLGA)
EVERYBODY: Final = (200,) * 6
NOTHING: Final = (404,) * 6
CONCERNED: Final = (404, 200, 200, 200, 404, 404)
PAGES: Final[dict[RouteKey, tuple[int, ...]]] = {
    ("GET", "/"): EVERYBODY,
    ("POST", "/decisions"): CONCERNED,  # a page that says of each whether it was sent
    ("GET", "/signed-in"): EVERYBODY,
    ("GET", "/documents"): EVERYBODY,
    ("GET", "/submit"): EVERYBODY,
    ("POST", "/submit"): (303,) * 6,
    ("GET", "/reviews/{review_id}"): CONCERNED,
    ("POST", "/reviews/{review_id}/decisions"): (404, 303, 403, 403, 404, 404),
    ("POST", "/reviews/{review_id}/withdrawal"): (404, 403, 303, 403, 404, 404),
    ("GET", "/{rest:path}"): NOTHING,
    ("POST", "/{rest:path}"): NOTHING,
}
API: Final[dict[RouteKey, tuple[int, ...]]] = {
    ("GET", "/api/v1/me"): EVERYBODY,
    ("GET", "/api/v1/reviews"): EVERYBODY,
    ("GET", "/api/v1/reviews/{review_id}"): CONCERNED,
    ("GET", "/api/v1/reviews/{review_id}/document"): CONCERNED,
    ("POST", "/api/v1/reviews/{review_id}/decisions"): (404, 202, 403, 403, 404, 404),
    ("GET", "/api/v1/reviews/{review_id}/decisions/{decision_id}"): NOTHING,  # nobody has sent it
    ("POST", "/api/v1/reviews/{review_id}/withdrawal"): (404, 403, 202, 403, 404, 404),
    ("GET", "/api/v1/reviews/{review_id}/evidence"): (404, 403, 403, 409, 404, 404),  # this review has no records
    ("POST", "/api/v1/submissions"): (202,) * 6,
    ("POST", "/api/v1/delegations"): (202,) * 6,
    **{(method, path): NOTHING for method in ("GET", "POST") for path in ("/api", "/api/{rest:path}")},
}
ROUTES: Final = PAGES | API
DOCUMENT: Final = "/api/v1/reviews/{review_id}/document"
SENDS: Final = {
    route: {p for p, s in zip(PEOPLE, got, strict=True) if s in (202, 303)} for route, got in ROUTES.items()
}
SENDS[("POST", "/decisions")] = {ANN}
FORMS: Final = [route for route in PAGES if route[0] == "POST" and "rest" not in route[1]]


def test_every_route_is_listed() -> None:
    found = set[RouteKey]()
    for route in front_door(lambda: House().door).routes:
        if isinstance(route, Mount):
            assert route.path == "/static"
        elif isinstance(route, Route):
            found |= {(method, route.path) for method in (route.methods or set()) - {"HEAD"}}

    assert found == set(ROUTES), "say above what each person gets by it"


def token(house: House, head: Head | None, person: str, **when: Any) -> str:
    """Return the token of a form that was shown to a person; without a review, of the one that submits."""
    about = (head.review_id, head.document.sha256 or "") if head else ("a new document", "")
    return form_token(house.door.form_key, Form(f"{TENANT}.{oid_of(person)}", *about), house.now - timedelta(**when))


def fields(route: RouteKey, head: Head, made: str, sha256: str | None = None) -> dict[str, Any]:
    """Return what a person sends by a route, as a form or as JSON."""
    sha256 = head.document.sha256 if sha256 is None else sha256
    match route[1]:
        case "/decisions":
            return {"review": f"{head.review_id}:{sha256}:{made}", "decision": "approve"}
        case "/submit" | "/api/v1/submissions":
            return {"name": "new.pdf", "form": made}
        case "/api/v1/delegations":
            return {"to": "zoe@example.org", "from": "2026-12-01T00:00:00Z", "until": "2026-12-02T00:00:00Z"}
        case path if path.endswith("/decisions"):
            form = {"decision": "approve", "documentSha256": sha256, "form": made}
            return approval(head, documentSha256=sha256 or None) if path.startswith("/api") else form
        case path if path.endswith("/withdrawal"):
            form = {"reason": "mine", "documentSha256": sha256, "form": made}
            return {"withdrawalId": "w-1", "reason": "mine"} if path.startswith("/api") else form
    return {}


async def send(
    house: House,
    route: RouteKey,
    person: str | None,
    given: dict[str, Any],
    *ids: str,
    **headers: Any,
) -> func.HttpResponse:
    """Send a request by a route, with the ids in its path, and its fields in the form that it takes."""
    method, path = route
    for name, value in zip(("{review_id}", "{decision_id}"), (*ids, "d-1"), strict=False):
        path = path.replace(name, value)
    path = path.replace("{rest:path}", "x")
    if method == "GET":
        return await house.call("GET", path, person, None, **headers)
    if path in ("/submit", "/api/v1/submissions"):
        parts = [
            *[f'name="{name}"\r\n\r\n{value}'.encode() for name, value in given.items()],
            b'name="file"; filename="a.pdf"\r\n\r\n' + PDF,
        ]
        lines = [f"--{_BOUNDARY}\r\nContent-Disposition: form-data; ".encode() + part + b"\r\n" for part in parts]
        body = b"".join(lines) + f"--{_BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        return await house.call("POST", path, person, body, **{"Content-Type": kind, **headers})
    if path.startswith("/api"):
        return await house.call("POST", path, person, given, **headers)
    form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return await house.call("POST", path, person, urlencode(given).encode(), **form)


async def right(house: House, route: RouteKey, head: Head, person: str | None, **headers: Any) -> func.HttpResponse:
    """Send a request in which nothing is wrong but, perhaps, the person and these headers."""
    about = None if route[1] == "/submit" else head
    given = fields(route, head, token(house, about, person or EVE))
    return await send(house, route, person, given, head.review_id, **headers)


async def house_with_review() -> tuple[House, Head]:
    house = House(reviewers=(ANN,))
    return house, await house.add()


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
async def test_what_each_person_gets(route: RouteKey) -> None:
    got, senders = list[int](), set[str]()
    for person in PEOPLE:
        house, head = await house_with_review()
        answer = await right(house, route, head, person)
        got.append(answer.status_code)
        senders |= {person} if house.sent else set()
        if answer.status_code == 303:
            assert answer.headers["location"].startswith((f"/reviews/{head.review_id}?", "/documents?"))

    assert tuple(got) == ROUTES[route]
    assert senders == SENDS[route]


async def test_nobody_gets_anything_without_a_sign_in() -> None:
    house, head = await house_with_review()
    for route in ROUTES:
        answer = await right(house, route, head, None)
        if route in API:
            assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), route
            assert json_of(answer)["type"] == "urn:compliance:problem:not-signed-in"
        elif route[0] == "GET":
            assert answer.status_code == 302, route
            assert answer.headers["location"].startswith("/.auth/login/aad?post_login_redirect_uri=%2F")
        else:
            assert answer.status_code == 401, route

    assert house.sent == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("WEBSITE_AUTH_ENABLED", "False"),
        ("WEBSITE_AUTH_ENABLED", None),
        ("WEBSITE_AUTH_CLIENT_ID", "00000000-0000-4000-8000-00000000beef"),
        ("WEBSITE_AUTH_CLIENT_ID", None),
    ],
)
async def test_no_route_believes_a_forged_sign_in(
    setting: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, head = await house_with_review()
    if value is None:
        monkeypatch.delenv(setting)
    else:
        monkeypatch.setenv(setting, value)

    assert {(await right(house, route, head, AVA)).status_code for route in ROUTES} == {401}
    assert house.sent == []
    assert house.reads.rows == {}


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
async def test_another_sites_page_can_send_nothing(headers: dict[str, Any]) -> None:
    house, head = await house_with_review()
    posts = [route for route in ROUTES if route[0] == "POST"]

    assert {(await right(house, each, head, ANN, **headers)).status_code for each in posts} == {403}
    assert house.sent == []


@pytest.mark.parametrize("route", FORMS, ids=" ".join)
async def test_an_old_form_or_one_that_was_made_for_somebody_else_sends_nothing(route: RouteKey) -> None:
    house, head = await house_with_review()
    person = SAM if route[1].endswith(("withdrawal", "submit")) else ANN
    about = None if route[1] == "/submit" else head
    others = None if about else head
    wrong = ("", token(house, about, person, hours=3), token(house, about, EVE), token(house, others, person))

    for made in (*wrong, wrong[1][:-1] + "0"):
        answer = await send(house, route, person, fields(route, head, made), head.review_id)
        assert answer.status_code == (200 if route[1] == "/decisions" else 409)
        assert b"is from more than an hour ago" in answer.get_body()
    assert house.sent == []


@pytest.mark.parametrize("sha256", ["", "0" * 64])
async def test_nobody_decides_on_bytes_that_they_have_not_seen(sha256: str) -> None:
    house, head = await house_with_review()
    for route, status in (
        (("POST", "/decisions"), 200),
        (("POST", "/reviews/{review_id}/decisions"), 409),
        (("POST", "/reviews/{review_id}/withdrawal"), 409),
        (("POST", "/api/v1/reviews/{review_id}/decisions"), 409 if sha256 else 422),
    ):
        given = fields(route, head, token(house, head, ANN), sha256)
        assert (await send(house, route, ANN, given, head.review_id)).status_code == status, route
    assert house.sent == []


async def bind(house: House, name: str, account: Account) -> None:
    change = BindingChange(f"c-{name}", NOW, "bind", name, account, "olga", "test")
    await house.door.bindings.change(name, account, lambda *_: Rebinding(Binding(account, (name,))), change)


@pytest.mark.parametrize("person", [ANN, EVE])
async def test_a_name_is_its_accounts_alone_by_every_route(person: str) -> None:
    """Ann's name is bound to Eve's account: neither can do anything under the name with which she signs in."""
    house, head = await house_with_review()
    await bind(house, ANN, Account(TENANT, oid_of(EVE)))

    for route in ROUTES:
        answer = await right(house, route, head, person)
        assert answer.status_code == 403, route
        assert b"bound to" in answer.get_body()
    assert house.sent == []
    assert house.reads.rows == {}


async def test_a_revoked_person_finds_every_door_shut() -> None:
    house, head = await house_with_review()
    await house.door.revocations.take(Revocation(EndedRight(ANN, NOW, "has left"), "olga", NOW))

    for route in ROUTES:
        answer = await right(house, route, head, ANN)
        assert answer.status_code == 403, route
        assert b"has left" in answer.get_body()
    assert house.sent == []


async def test_whoever_looks_takes_no_name_and_changes_nothing() -> None:
    """Names are bound by a message that counts: a stranger who came first would else keep the owner out."""
    house, head = await house_with_review()
    before = (dict(house.table.rows), dict(house.waiting.rows))

    for route, person in itertools.product((route for route in ROUTES if route[0] == "GET"), (EVE, ANN)):
        await right(house, route, head, person)
    assert (house.table.rows, house.waiting.rows) == before
    assert house.sent == []


async def test_what_every_answer_says_to_browsers() -> None:
    house, head = await house_with_review()
    for route, person in itertools.product([*ROUTES, ("GET", "/static/robots.txt")], (None, EVE, ANN)):
        answer = await right(house, route, head, person)
        says, policy = answer.headers, answer.headers["content-security-policy"]
        assert says["cache-control"] == "no-store", route
        assert says["x-content-type-options"] == "nosniff"
        assert says["cross-origin-resource-policy"] == "same-origin"
        assert says["cross-origin-opener-policy"] == "same-origin"
        assert says["referrer-policy"] == "same-origin"
        assert says["strict-transport-security"].startswith("max-age=")
        assert policy.startswith("default-src 'none';")
        is_document = route[1] == DOCUMENT and answer.status_code == 200
        assert ("frame-ancestors 'self'" if is_document else "frame-ancestors 'none'") in policy
        assert is_document or "unsafe" not in policy
        assert "set-cookie" not in says, "there is no cookie of ours"


@pytest.mark.parametrize("person", [EVE, OLGA, ANN])
async def test_what_is_no_id_looks_like_a_review_of_somebody_else(person: str) -> None:
    wrong = ["0" * 64, "../me", "%2e%2e", "..%2f" * 3 + "etc", "%00", "x" * 64, "'"]
    for route in (route for route in ROUTES if "{review_id}" in route[1]):
        house, head = await house_with_review()
        given = fields(route, head, token(house, head, person))
        ids = [*wrong, head.review_id.upper(), *([] if person == ANN else [head.review_id])]
        answers = [await send(house, route, person, given, each) for each in ids]

        assert {answer.status_code for answer in answers} == {404}, route
        assert len({answer.get_body() for answer in answers}) == 1, route
        assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1, route
        assert house.sent == []
        assert house.reads.rows == {}


@pytest.mark.parametrize("decision_id", ["..", "%2e%2e", "a%2fb", "%00", "'", "x" * 500])
async def test_what_is_no_id_of_an_answer_has_none(decision_id: str) -> None:
    house, head = await house_with_review()
    route = ("GET", "/api/v1/reviews/{review_id}/decisions/{decision_id}")

    assert (await send(house, route, ANN, {}, head.review_id, decision_id)).status_code == 404


async def test_the_sign_in_leads_back_to_no_other_site() -> None:
    house, head = await house_with_review()
    for _, path in (route for route in PAGES if route[0] == "GET"):
        there = path.replace("{review_id}", head.review_id).replace("{rest:path}", "x")
        for before in ("//evil.example", "/\\evil.example", "/%2fevil.example", "/.//evil.example"):
            answer = await house.call("GET", before + there)
            assert answer.headers["location"] == "/.auth/login/aad?post_login_redirect_uri=%2F", before + there
        other = await house.call("GET", f"{there}?next=//evil.example", None, None, Host="evil.example")
        assert other.headers["location"].startswith("/.auth/login/aad?post_login_redirect_uri=%2F")
        assert not other.headers["location"].startswith("/.auth/login/aad?post_login_redirect_uri=%2F%2F")
