"""Retry policies of functions (`@app.retry`). Of the triggers that devhost has, only timers take them on Azure.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-error-pages#retry-policies
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from devhost.app.host_json import seconds_of
from devhost.errors import StartError

_MOST_DOUBLINGS = 32  # far beyond any maximum interval


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a failed run is tried again (-1: until it succeeds), and after which pauses in seconds."""

    most: int
    first_pause: float
    longest_pause: float

    def pause_before(self, retry: int) -> float | None:
        """Return the seconds to wait before the retry of this number, from 1; None if there is no such retry."""
        if 0 <= self.most < retry:
            return None
        return min(self.first_pause * 2.0 ** min(retry - 1, _MOST_DOUBLINGS), self.longest_pause)


def read_retry_policy(settings: Mapping[str, Any] | None, place: str) -> RetryPolicy | None:
    """Read the policy that a decorator has set, None if it has set none. Raises StartError if it is wrong."""
    if not settings:
        return None
    exponential = settings.get("strategy") == "exponential_backoff"
    names = ("minimum_interval", "maximum_interval") if exponential else ("delay_interval", "delay_interval")
    try:
        first, longest = (seconds_of(settings.get(name)) or 0.0 for name in names)
        return RetryPolicy(int(settings["max_retry_count"]), first, longest)
    except (KeyError, TypeError, ValueError) as error:
        raise StartError(f"{place}: its retry policy is wrong: {error}.") from error
