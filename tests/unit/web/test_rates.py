"""How often a person may ask, by whatever spelling, method or program; in bounded memory; and told when to go on."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from compliance.people.binding import Account
from tests.unit.web.house import ANN, BEN, House, json_of, url
from web.problems import ProblemError
from web.rates import Rates

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
COMMENT = b"decision=approve&comment=I+have+read+it"


def person(number: int) -> Account:
    return Account("tenant", str(UUID(int=number)))


def test_what_was_used_up_comes_back_with_time() -> None:
    now = [0.0]
    rates = Rates(burst=3, per_second=0.5, clock=lambda: now[0])
    rates.take(person(1), 3)

    with pytest.raises(ProblemError, match="go on in 3 seconds") as refused:
        rates.take(person(1))
    now[0] = float(refused.value.headers["Retry-After"])
    rates.take(person(1))
    with pytest.raises(ProblemError):
        rates.take(person(1), 2)


def test_more_people_than_are_remembered_take_no_more_memory() -> None:
    rates = Rates(burst=1, per_second=0.5)
    for number in range(10_050):
        rates.take(person(number))

    assert len(rates._buckets) == 10_000
    with pytest.raises(ProblemError):
        rates.take(person(10_049))


async def test_no_spelling_method_or_program_has_a_count_of_its_own() -> None:
    house = House()
    head = await house.add()
    now = [0.0]
    house.door.reading._clock = lambda: now[0]
    document, page = url(head, "/document"), f"/reviews/{head.review_id}"
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", document, {}),
        ("HEAD", document, {}),
        ("GET", document, {"Range": "bytes=0-9"}),
        ("GET", document, {"Authorization": "Bearer abc", "Cookie": "AppServiceAuthSession=x"}),
        ("GET", f"{document}?download", {}),
        ("GET", f"//{document}", {}),
        ("GET", document.replace("api", "API"), {}),
        ("GET", document.replace("a", "%61"), {}),
        ("GET", f"{page}/../{head.review_id}", {}),
        ("HEAD", page, {}),
    ]

    statuses = [(await house.call(m, p, ANN, **headers)).status_code for _ in range(12) for m, p, headers in asked]
    after = [(await house.call(m, p, ANN, **headers)).status_code for m, p, headers in asked]

    assert 429 not in statuses
    assert set(after) == {429}
    assert (await house.get(document, BEN)).status_code == 200, "others are not stopped"


@pytest.mark.parametrize(("path", "kind"), [("/", "text/html"), ("/api/v1/me", "application/problem+json")])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_whoever_is_stopped_is_told_when_to_go_on(method: str, path: str, kind: str) -> None:
    house = House()
    body = COMMENT if method == "POST" else None
    for rates in (house.door.reading, house.door.sending):
        rates._clock = lambda: 0.0  # on a busy machine requests come no faster than they are let through
    answer = [await house.call(method, path, ANN, body, **FORM) for _ in range(200)][-1]

    assert answer.status_code == 429
    assert answer.mimetype.startswith(kind)
    assert re.fullmatch(r"[1-9][0-9]*", answer.headers["retry-after"])
    text = f"too many requests; go on in {answer.headers['retry-after']} second"
    assert text in answer.get_body().decode().lower()
    if path.startswith("/api"):
        assert json_of(answer)["type"] == "urn:compliance:problem:too-many-requests"
    elif method == "POST":
        assert b"I have read it" in answer.get_body(), "what was written is kept"
