"""A review is logged as opened once, though blob trigger, message and sweep may all open it."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.review import Head
from reviews.opening import write_review
from tests.builders import uninspected_review
from tests.unit.reviews.hub import RUNNING, Hub


class Ledger:
    """A ledger of one review, which takes its rows once."""

    def __init__(self) -> None:
        self.unfinished = self.names = self.own = self
        self._head: Head | None = None

    async def put(self, head: Head) -> bool:
        return True

    async def put_submitted(self, head: Head) -> None:
        pass

    async def insert(self, head: Head) -> bool:
        is_new, self._head = self._head is None, head
        return is_new

    async def get(self, review_id: str) -> Head | None:
        return self._head


async def test_only_the_first_of_two_openers_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    app: Any = type("App", (), {"ledger": Ledger()})
    head = uninspected_review()

    assert await write_review(app, Hub([]), head)
    assert await write_review(app, Hub([RUNNING]), head)

    assert [message.split()[0] for message in caplog.messages] == ["review.opened"]
