"""The values in an entity configuration, with the limits of the emulator and of Azure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

MOST_ENTITIES = 50  # queues and topics
MOST_SUBSCRIPTIONS = 50  # of a topic
MOST_FILTERS = 1000  # of a topic's subscriptions together
SHORTEST_LOCK, LONGEST_LOCK = timedelta(seconds=5), timedelta(minutes=5)  # Azure's limits
SHORTEST_WINDOW, LONGEST_WINDOW = timedelta(seconds=20), timedelta(days=7)  # of duplicate detection on Azure
FOREVER = timedelta(days=10_000_000)  # Azure writes "no TTL" as the longest .NET TimeSpan, P10675199DT2H48M5.47S


def _iso_duration(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith("P"):
        raise ValueError('must be an ISO 8601 duration such as "PT1M" or "P14D"')
    return value


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("must be longer than zero")
    return value


def _lock_duration(value: timedelta) -> timedelta:
    if not SHORTEST_LOCK <= value <= LONGEST_LOCK:
        raise ValueError("must be from PT5S to PT5M")
    return value


def _window(value: timedelta) -> timedelta:
    if not SHORTEST_WINDOW <= value <= LONGEST_WINDOW:
        raise ValueError("must be from PT20S to P7D")
    return value


def _refuse_forwarding(value: Any) -> Any:
    if value not in (None, ""):
        raise ValueError("forwarding is not supported; leave it out and receive from this entity itself")
    return value


Duration = Annotated[timedelta, BeforeValidator(_iso_duration), AfterValidator(_positive)]
LockDuration = Annotated[Duration, AfterValidator(_lock_duration)]
Window = Annotated[Duration, AfterValidator(_window)]
NoForwarding = Annotated[str | None, BeforeValidator(_refuse_forwarding)]
EntityName = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$", max_length=260)]


def check_count(found: Collection[object], most: int, what: str) -> None:
    if len(found) > most:
        raise ValueError(f"there are {len(found)} {what}; the emulator, and devhost with it, allows {most}")


def check_unique(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise ValueError(f'the name "{name}" is used twice; names are compared without regard to case')
        seen.add(name.casefold())
