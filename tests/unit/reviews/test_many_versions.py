"""A name with any number of versions: opening the next one reads a bounded number of reviews."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from compliance.review import Head
from reviews import opening
from tests.builders import uninspected_review


@pytest.mark.parametrize(("listed", "place"), [(3, 2), (1000, 999), (1000, 500), (1000, 0)])
async def test_only_the_reviews_near_the_new_one_are_read(
    listed: int, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"{number:064x}" for number in range(listed)]
    read = list[str]()

    async def reviews_of(container: str, name: str) -> list[str]:
        return ids

    async def end_if_changed(_: object, __: object, review_id: str) -> Head:
        read.append(review_id)
        return uninspected_review(review_id=review_id)

    monkeypatch.setattr(opening, "end_if_changed", end_if_changed)
    app: Any = SimpleNamespace(ledger=SimpleNamespace(names=SimpleNamespace(reviews_of=reviews_of)), documents=None)
    client: Any = None
    earlier = await opening._earlier(app, client, uninspected_review(review_id=ids[place]))

    assert [head.review_id for head in earlier[-1:]] == ids[:place][-1:]
    assert len(read) < 2 * opening.MOST_LOOKED_AT
    assert len(read) == listed - 1 or len(read) >= opening.MOST_LOOKED_AT - 1
