"""Places and the people who may fill them, each person one place at most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Demand(NamedTuple):
    """`places` seats, each to be filled by one of `people` (by `person_key`)."""

    places: int
    people: frozenset[str]


def can_fill(demands: Iterable[Demand]) -> bool:
    """Return whether all seats can be filled, each by another person."""
    wanted = list(demands)
    if any(len(demand.people) < demand.places for demand in wanted):
        return False
    if sum(len(demand.people) for demand in wanted) == len(frozenset[str]().union(*(each.people for each in wanted))):
        return True  # nobody could fill two
    return most_filled(wanted) == sum(demand.places for demand in wanted)


def most_filled(demands: Iterable[Demand]) -> int:
    """Return how many seats can be filled, each by another person.

    A maximum bipartite matching by augmenting paths (Kuhn). No path is longer than the number of seats.
    """
    candidates = [demand.people for demand in demands for _ in range(demand.places)]
    seat_of: dict[str, int] = {}

    def fill(seat: int, tried: set[str]) -> bool:
        # Free people first: otherwise each of several interchangeable people would be moved for the next one.
        for person in sorted(candidates[seat] - tried, key=seat_of.__contains__):
            if person not in tried:
                tried.add(person)
                if person not in seat_of or fill(seat_of[person], tried):
                    seat_of[person] = seat
                    return True
        return False

    return sum(fill(seat, set()) for seat in range(len(candidates)))
