"""How often a person may ask, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from cachetools import LRUCache

from compliance.people.binding import Account
from contracts.plain_text import quantity
from web.problems import ProblemError

_MOST_PEOPLE: Final = 10_000  # who are remembered


class Rates:
    """Buckets of requests, one for each person: `burst` at once, then `per_second`."""

    def __init__(self, burst: int, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_second, self._clock = burst, per_second, clock
        self._buckets = LRUCache[Account, tuple[float, float]](_MOST_PEOPLE)  # what is left, and since when

    def take(self, person: Account, number: int = 1) -> None:
        """Count a request, or several at once. Raises ProblemError, and counts none, if there are too many."""
        now = self._clock()
        left, since = self._buckets.get(person, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._per_second)
        if left < number:
            wait = int((number - left) / self._per_second) + 1
            text = f"too many requests; go on in {quantity(wait, 'second')}"
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", text, {"Retry-After": str(wait)})
        self._buckets[person] = (left - number, now)
