"""How many requests to storage a page of the front door needs: nothing is read twice, however often it is needed."""

from __future__ import annotations

import pytest

from tests.unit.web.house import ANN, BEN, House, url

SENDER, DELEGATIONS = 2, 1  # requests: a person's name and account; who has delegated to them


async def reads_for(house: House, path: str, person: str = ANN) -> int:
    tables = (house.table, house.waiting, house.reads)
    before = sum(table.reads for table in tables)
    assert (await house.get(path, person)).status_code == 200
    return sum(table.reads for table in tables) - before


@pytest.mark.parametrize("path", ["/", "/api/v1/reviews?list=waiting"])
async def test_a_page_of_a_list_reads_each_review_once(path: str) -> None:
    house = House()
    for number in range(30):
        await house.add(number=number)
    opened = int(path == "/")  # which of these documents the person has opened

    assert await reads_for(house, path) == SENDER + DELEGATIONS + 2 + 25 + opened


async def test_the_page_of_a_review_reads_it_once_and_what_is_beside_it() -> None:
    house = House()
    head = await house.add()
    review, history, same_bytes = 1, 1, 1

    assert await reads_for(house, f"/reviews/{head.review_id}") == SENDER + review + DELEGATIONS + history + same_bytes
    assert await reads_for(house, url(head), BEN) == SENDER + review + DELEGATIONS + history
