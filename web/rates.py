"""How often a person may ask, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from cachetools import LRUCache

from compliance.people.binding import Account
from web.problems import ProblemError

_MOST_PEOPLE: Final = 10_000  # who are remembered


class Rates:
    """Buckets of requests, one for each person: `burst` at once, then `per_second`."""

    def __init__(self, burst: int, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_second, self._clock = burst, per_second, clock
        self._buckets = LRUCache[Account, tuple[float, float]](_MOST_PEOPLE)  # what is left, and since when

    def take(self, person: Account) -> None:
        """Count a request. Raises ProblemError if the person has sent too many."""
        now = self._clock()
        left, since = self._buckets.get(person, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._per_second)
        if left < 1:
            wait = str(int((1 - left) / self._per_second) + 1)
            text = f"too many requests; go on in {wait} seconds"
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", text, {"Retry-After": wait})
        self._buckets[person] = (left - 1, now)
