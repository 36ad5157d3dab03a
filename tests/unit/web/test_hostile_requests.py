"""Requests that no browser sends and faults that nobody foresaw: each gets an answer, and every answer its headers."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import azure.functions as func
import pytest

from adapters.front_door import read_log
from tests.unit.web.house import ANN, AVA, BEN, HOST, NOW, PLATFORM, SAM, House, approval, json_of, signed_in, url
from triggers.web_request import on_web_request
from web.principal import principal_of
from web.views import answers as waiting_answers
from web.visitors import visitor_of

WRITTEN = "what somebody has written"
FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\nabc\r\n--x--\r\n'


def check_headers(answer: Any) -> None:
    assert answer.headers["content-security-policy"].startswith("default-src 'none';")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("path", "kind"), [("/", "text/html"), ("/api/v1/reviews", "application/problem+json")])
async def test_a_fault_is_told_without_what_it_is_about(
    path: str, kind: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House()

    async def fail(*_: object) -> None:
        raise ValueError(WRITTEN)

    monkeypatch.setattr(house.door.bindings, "find_sender", fail)
    answer = await house.get(path, ANN)

    assert answer.status_code == 500
    assert answer.mimetype.startswith(kind)
    check_headers(answer)
    assert WRITTEN.encode() not in answer.get_body()
    logged = next(record for record in caplog.records if record.levelno == logging.ERROR).getMessage()
    assert "ValueError" in logged
    assert "in fail" in logged
    assert WRITTEN not in logged


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "+1", "1e9", "\u0663", ""])
async def test_a_length_that_is_none_is_refused(length: str) -> None:
    answer = await House().call("POST", "/api/v1/delegations", ANN, {}, **{"Content-Length": length})

    assert answer.status_code == 413


@pytest.mark.parametrize("charset", ["undefined", "a\0b", "punycode", "utf-7", "unicode_escape", "latin-1"])
async def test_a_form_in_another_encoding_is_refused(charset: str) -> None:
    house = House()
    kind = f"multipart/form-data; boundary=x; charset={charset}"

    assert (await house.call("POST", "/api/v1/submissions", ANN, FORM, **{"Content-Type": kind})).status_code == 415
    assert house.sent == []


@pytest.mark.parametrize("charset", ["utf-8", '"UTF-8"'])
async def test_a_form_that_names_its_encoding_is_taken(charset: str) -> None:
    kind = f"multipart/form-data; boundary=x; charset={charset}"

    assert (await House().call("POST", "/api/v1/submissions", ANN, FORM, **{"Content-Type": kind})).status_code == 202


@pytest.mark.parametrize(
    "path",
    ["//x", "/%2F/x", "/%252F/x", "/%5Cx", "/%255Cx", "/%09/x", "/%2e%2e//x", "/.//x", "/a//x", "/@x", "/%E2%80%AEx"],
)
async def test_the_sign_in_leads_back_to_nothing_that_could_be_another_site(path: str) -> None:
    answer = await House().call("GET", path)

    assert answer.headers["location"] == "/.auth/login/aad?post_login_redirect_uri=%2F"


async def test_the_sign_in_leads_back_to_the_page_that_was_asked_for() -> None:
    answer = await House().call("GET", f"/reviews/{'0' * 64}?sent=a")

    assert answer.headers["location"].endswith(f"post_login_redirect_uri=%2Freviews%2F{'0' * 64}%3Fsent%3Da")


async def test_whoever_asks_too_often_costs_no_more_requests_to_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    head = await house.add()
    asked: list[str] = []
    find = house.door.bindings.find_sender

    async def counted(name: str) -> Any:
        asked.append(name)
        return await find(name)

    monkeypatch.setattr(house.door.bindings, "find_sender", counted)
    answers = [await house.call("POST", url(head, "/withdrawal"), ANN, {}) for _ in range(40)]

    assert len(asked) == sum(answer.status_code != 429 for answer in answers) < 40


@pytest.mark.parametrize(
    ("site", "shown_as", "status"),
    [
        ("cross-site", "image", 403),
        ("cross-site", "empty", 403),
        ("same-site", "iframe", 403),
        ("cross-site", None, 403),
        ("cross-site", "document", 200),
        ("same-origin", "iframe", 200),
        ("none", "document", 200),
    ],
)
async def test_no_other_site_makes_it_look_as_if_somebody_had_read(site: str, shown_as: Any, status: int) -> None:
    house = House()
    head = await house.add()
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": shown_as}

    assert (await house.get(url(head, "/document"), ANN, **headers)).status_code == status
    assert bool(house.reads.rows) is (status == 200)


@pytest.mark.parametrize(
    "ahead",
    [
        {"Sec-Purpose": "prefetch;prerender"},
        {"Sec-Purpose": "prefetch"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
    ],
    ids=str,
)
async def test_what_a_browser_fetches_ahead_nobody_has_read(ahead: dict[str, str]) -> None:
    house = House()
    head = await house.add()
    headers = {"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document", **ahead}

    assert (await house.get(url(head, "/document"), ANN, **headers)).status_code == 403
    assert house.reads.rows == {}


@pytest.mark.parametrize("path", ["/%ff", "/api/v1/reviews/%ed%b2%80", "/static/%80"])
async def test_an_address_that_is_no_text_is_refused(path: str) -> None:
    function: Any = on_web_request
    request = func.HttpRequest(method="GET", url=HOST + path, body=b"")

    answer = await function._function.get_user_function()(request, None)

    assert answer.status_code == 400
    check_headers(answer)


async def test_whoever_opens_a_document_again_and_again_does_not_keep_auditors_from_looking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House()
    head = await house.add()
    monkeypatch.setattr(read_log, "MOST_LISTED", 2)
    for _ in range(4):
        await house.get(url(head, "/document"), ANN)

    assert len(json_of(await house.get(url(head), AVA))["reads"]) == 2


@pytest.mark.parametrize("chosen", [".", "..", ".a", "a/b", "", "a" * 129])
async def test_an_id_whose_address_would_be_another_one_is_refused(chosen: str) -> None:
    house = House()
    head = await house.add()

    assert (await house.call("POST", url(head, "/decisions"), ANN, approval(head, chosen))).status_code == 422
    withdrawn = await house.call("POST", url(head, "/withdrawal"), SAM, {"withdrawalId": chosen, "reason": "mine"})
    assert withdrawn.status_code == 422
    assert house.sent == []


async def test_nobody_waits_so_often_that_others_cannot() -> None:
    house = House()
    head = await house.add()

    async def wait(person: str) -> None:
        headers = {name.lower(): value for name, value in signed_in(person).items()}
        visitor = await visitor_of(house.door, principal_of(headers, PLATFORM, house.door.expected, NOW))
        await waiting_answers.answer_to(house.door, visitor, head.review_id, "none", wait=5)

    waiting = [asyncio.create_task(wait(person)) for person in (*[ANN] * 9, BEN)]
    done, pending = await asyncio.wait(waiting, timeout=1, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()

    assert 0 < len(done) < 9
    assert waiting[-1] in pending


async def test_an_address_that_is_looked_at_again_is_the_same_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_answers, "LONGEST_WAIT", 0.0)
    house = House()
    head = await house.add()

    page = (await house.get(f"/reviews/{head.review_id}?sent=a%26b%23c%22", ANN)).get_body().decode()

    assert f'href="/reviews/{head.review_id}?sent=a%26b%23c%22"' in page


async def test_the_kind_of_a_body_is_read_in_any_case() -> None:
    house = House()
    head = await house.add()
    kind = {"Content-Type": "Application/JSON; charset=utf-8"}

    assert (await house.call("POST", url(head, "/decisions"), ANN, approval(head), **kind)).status_code == 202
