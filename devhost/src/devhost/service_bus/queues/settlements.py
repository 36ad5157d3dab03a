"""Recent settlements, for clients that missed the confirmation and repeat the request."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

_GENERATION = 60.0  # seconds
_MOST = 50_000  # of one generation: 10 MB


class Settlement(Enum):
    COMPLETED = auto()
    ABANDONED = auto()
    DEFERRED = auto()
    DEAD_LETTERED = auto()


class RecentSettlements:
    """Recent settlements, each kept for at least a minute or until 50,000 others have followed."""

    def __init__(self, real_time: Callable[[], float]) -> None:
        self._real_time = real_time
        self._turns_at = 0.0
        self._current: dict[bytes, Settlement] = {}
        self._previous: dict[bytes, Settlement] = {}

    def remember(self, token: bytes, settlement: Settlement) -> None:
        if self._real_time() >= self._turns_at or len(self._current) >= _MOST:
            self._previous, self._current = self._current, {}
            self._turns_at = self._real_time() + _GENERATION
        self._current[token] = settlement

    def was(self, token: bytes, settlement: Settlement) -> bool:
        """Return whether the delivery with this lock token was settled like this."""
        return settlement in (self._current.get(token), self._previous.get(token))
