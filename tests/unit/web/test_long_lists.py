"""Lists in which many reviews are for others: what waits for somebody is found, however far down it is."""

from __future__ import annotations

import math
import re

import pytest

from compliance.policy import Part, Stage
from tests import builders
from tests.unit.web.house import ANN, AVA, BEN, SAM, House, at, json_of

FOR_BEN = builders.policy(stages=(Stage("review", (Part((BEN,), 1),)),))


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page take its time, so that it ends at the same review on a slow machine."""
    monkeypatch.setattr("reviews.finding.pages._MOST_SECONDS", math.inf)


async def text_of(house: House, path: str, person: str = ANN) -> str:
    return (await house.get(path, person)).get_body().decode()


async def test_one_review_is_found_behind_very_many_for_others_with_few_requests() -> None:
    house = House()
    for number in range(250):
        await house.add(number=number, policy=FOR_BEN, deadline=at(1), of_document={"name": f"{number}.pdf"})
    head = await house.add(number=250, deadline=at(9), of_document={"name": "ours.pdf"})
    before = house.table.reads

    assert f"/reviews/{head.review_id}" in await text_of(house, "/")
    assert house.table.reads - before < 10


async def test_somebody_for_whom_none_of_the_first_ones_is_goes_on_to_the_next() -> None:
    house = House()
    for number in range(251):
        await house.add(number=number, submitter=ANN, of_document={"name": f"{number}.pdf"})
    head = await house.add(number=255, submitter=SAM, deadline=at(100), of_document={"name": "sams.pdf"})

    first = await text_of(house, "/")
    (cursor,) = re.findall(r'href="/\?cursor=([^"]+)"', first)
    second = await text_of(house, f"/?cursor={cursor}")

    assert "None of these waits for you" in first and "Nothing waits for you" not in first
    assert f"/reviews/{head.review_id}" in second and "Back to the first ones" in second


async def test_each_page_says_how_many_it_shows_and_whether_there_are_more() -> None:
    house = House()
    for number in range(51):
        await house.add(number=number, of_document={"name": f"{number}.pdf"})
    said: list[str] = []
    path: str | None = "/"
    while path:
        text = await text_of(house, path)
        said += re.findall(r'<p class="lead">(.*?)</p>', text)
        more = re.search(r'href="(/\?cursor=[^"]+)">Show the next ones', text)
        path = more and more[1]

    assert said == [
        "The first 25 reviews, the soonest due first; there are more.",
        "The next 25 reviews, the soonest due first; there are more.",
        "The last review, the soonest due first.",
    ]
    assert len(json_of(await house.get("/api/v1/reviews?list=waiting", ANN))["reviews"]) == 25


async def test_an_auditor_searches_the_unfinished_by_what_they_are_about() -> None:
    house = House()
    for number in range(30):
        await house.add(number=number, submitter=SAM, of_document={"name": f"reports/{number}.pdf"})
    found = await house.get(
        "/api/v1/reviews?list=unfinished&name=REPORTS/2&submitter=sam@example.org&class=default", AVA
    )
    names = {each["document"]["name"] for each in json_of(found)["reviews"]}

    assert names == {f"reports/{number}.pdf" for number in (2, *range(20, 30))}
    assert json_of(await house.get("/api/v1/reviews?list=unfinished&class=other", AVA))["reviews"] == []
