"""Several at once: only documents that the person has opened, and each decision sent and answered alone."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import azure.functions as func
import pytest

from adapters.ledger.answers import GivenAnswer, answer_row
from compliance.outcome import Answer, ReviewState
from compliance.review import Head
from contracts.digest import text_digest
from contracts.names import REVIEW_DECISIONS
from tests.front_door import TENANT
from tests.unit.web.house import ANN, BEN, EVE, House, oid_of, url
from tests.unit.web.test_deciding_on_pages import FORM, text_of
from web.pages import bulk_decisions

_TICK = re.compile(r'<input type="checkbox" name="review" value="([^"]*)" form="several"( checked)?>')
_UNOPENED = "not opened yet"


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_decisions, "_WAIT", 0.0)


async def opened(house: House, *numbers: int, person: str = ANN, **changes: Any) -> list[Head]:
    """Put reviews into the ledger, and open the documents of those with these numbers."""
    heads = [await house.add(number=each, of_document={"name": f"{each}.pdf"}, **changes) for each in (1, 2, 3)]
    for number in numbers:
        assert (await house.get(url(heads[number - 1], "/document"), person)).status_code == 200
    return heads


async def ticks_of(house: House, person: str = ANN) -> list[str]:
    return [tick for tick, _ in _TICK.findall((await house.get("/", person)).get_body().decode())]


async def send(house: House, ticks: list[str], person: str | None = ANN, **fields: str) -> func.HttpResponse:
    body = urlencode([("review", each) for each in ticks] + list(fields.items())).encode()
    return await house.call("POST", "/decisions", person, body, **{"Content-Type": FORM})


def number_of(tick: str) -> int:
    return int(tick[:2])


async def test_only_documents_that_the_person_has_opened_can_be_ticked() -> None:
    house = House()
    await opened(house, 1, 3)

    assert sorted(map(number_of, await ticks_of(house))) == [1, 3]
    page = text_of(await house.get("/", ANN))
    assert page.count(_UNOPENED) == 1
    assert "you can select them here" in text_of(await house.get("/", BEN)), "nobody else has opened them"
    assert await ticks_of(house, BEN) == []


async def test_a_list_costs_one_read_of_what_was_opened() -> None:
    house = House()
    await opened(house, 1, 2, 3)
    before = house.reads.reads

    await ticks_of(house)

    assert house.reads.reads == before + 1


async def test_each_is_a_decision_of_its_own() -> None:
    house = House()
    heads = await opened(house, 1, 2)
    ticks = await ticks_of(house)
    await send(house, ticks, decision="approve", comment=" Fine. ")
    page = text_of(await send(house, ticks, decision="approve", comment=" Fine. "))

    assert {queue for queue, _, _ in house.sent} == {REVIEW_DECISIONS}
    bodies = [body for _, body, _ in house.sent]
    assert {(each["reviewId"], each["documentSha256"], each["comment"]) for each in bodies} == {
        (head.review_id, head.document.sha256, "Fine.") for head in heads[:2]
    }
    assert len({each["proof"] for each in bodies[:2]}) == 2
    assert len({each["decisionId"] for each in bodies}) == 2, "the form sent twice is one decision for each"
    assert "2 decisions were sent." in page
    assert all(f"/reviews/{each['reviewId']}?sent={each['decisionId']}" in page for each in bodies)


async def test_each_has_an_answer_of_its_own() -> None:
    house = House()
    await opened(house, 1, 2)
    ticks = await ticks_of(house)
    await send(house, ticks, decision="approve")
    (_, first, _), _ = house.sent
    late: Any = GivenAnswer(
        TENANT, oid_of(ANN), Answer.LATE, True, house.now, "somebody was faster", ReviewState.OPEN, None
    )
    await house.table.create_entity(answer_row(first["reviewId"], first["decisionId"], late))

    page = text_of(await send(house, ticks, decision="approve"))

    assert page.count("Too late: it does not count") == 1
    assert "Somebody was faster." in page
    assert page.count("It is not recorded yet.") == 1


async def test_one_that_cannot_count_does_not_hold_up_the_others() -> None:
    house = House()
    heads = await opened(house, 1, 2)
    ticks = await ticks_of(house)
    house.blob("pending", heads[0].document.name).put(b"other bytes", "0xOTHER")

    page = text_of(await send(house, ticks, decision="approve"))

    assert [body["reviewId"] for _, body, _ in house.sent] == [heads[1].review_id]
    assert "1 decision was sent, of 2." in page
    assert "overwritten or removed after you opened it" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose what you decide."),
        ({"decision": "request_changes"}, "Say what to change."),
        ({"decision": "reject"}, "Say why you reject it."),
    ],
)
async def test_what_is_missing_is_said_and_ticks_are_kept(fields: dict[str, str], said: str) -> None:
    house = House(comment_required_on_reject=True)
    await opened(house, 1, 2)
    ticks = await ticks_of(house)

    answer = await send(house, ticks[:1], **fields)

    assert answer.status_code == 422
    assert said in text_of(answer)
    assert [bool(checked) for _, checked in _TICK.findall(answer.get_body().decode())] == [True, False]
    assert house.sent == []


async def test_nothing_ticked_is_said() -> None:
    house = House()
    await opened(house, 1, 2)

    answer = await send(house, [], decision="approve")

    assert answer.status_code == 422
    assert "Select at least one document." in text_of(answer)


async def test_a_tick_of_somebody_else_or_for_other_bytes_sends_nothing() -> None:
    house = House()
    await opened(house, 1, 2)
    review, sha256, token = (await ticks_of(house))[0].split(":")
    other = (await ticks_of(house))[1].split(":")[0]

    for tick, person in (
        (f"{review}:{sha256}:{token}", BEN),
        (f"{other}:{sha256}:{token}", ANN),
        (f"{review}:{'0' * 64}:{token}", ANN),
        (f"{review}:{sha256}:", ANN),
    ):
        page = text_of(await send(house, [tick], person, decision="approve"))
        assert "was not made for you" in page
    assert (await send(house, [f"{review}:{sha256}:{token}"], EVE, decision="approve")).status_code == 404
    assert house.sent == []


@pytest.mark.parametrize("left", [0, 2])
async def test_each_decision_counts_for_how_many_somebody_may_send(left: int) -> None:
    """Else one form would be as many decisions as 25 forms."""
    house = House()
    await opened(house, 1, 2, 3)
    ticks = await ticks_of(house)
    for _ in range((30 - left) // len(ticks)):
        assert (await send(house, ticks, decision="approve")).status_code == 200
    for _ in range((30 - left) % len(ticks)):
        await send(house, [], decision="approve")
    house.sent.clear()

    one = await send(house, ticks, decision="approve", comment="Fine.")
    assert one.status_code == 429
    assert 1 <= int(one.headers["retry-after"]) <= 6
    assert "Fine." in text_of(one), "what was written is kept"
    assert one.get_body().count(b'name="review"') == 3, "and what was ticked"
    assert house.sent == []
    assert (await send(house, ticks, BEN, decision="approve")).status_code == 200, "others are not stopped"


async def test_a_whole_page_of_the_list_can_be_decided_at_once() -> None:
    house = House()
    heads = [await house.add(number=each, of_document={"name": f"{each}.pdf"}) for each in range(25)]
    house.door.reading.take = lambda *_: None  # type: ignore[method-assign] people take longer to read
    for head in heads:
        await house.get(url(head, "/document"), ANN)

    assert (await send(house, await ticks_of(house), decision="approve")).status_code == 200
    assert len(house.sent) == 25


@pytest.mark.parametrize("ticks", [["x"], ["a:b:c:d"], ["a:b:c"] * 26])
async def test_ticks_of_no_list_are_refused(ticks: list[str]) -> None:
    assert (await send(House(), ticks, decision="approve")).status_code == 400


async def test_the_statement_of_a_class_is_shown_and_attested() -> None:
    house = House(statement="I have read it.")
    await opened(house, 1)
    page = text_of(await house.get("/", ANN))
    assert page.count("I have read it.") == 1

    await send(house, await ticks_of(house), decision="approve")

    assert text_digest("I have read it.") in str(claims_of(house.sent[0][1]["proof"]))


def claims_of(proof: str) -> Any:
    import jwt  # noqa: PLC0415 of this test alone

    return jwt.decode(proof, options={"verify_signature": False})
