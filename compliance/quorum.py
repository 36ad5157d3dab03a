"""Whether people are enough for all places that are to be filled, nobody filling two."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Demand(NamedTuple):
    """So many places, each for one of these people (by `identity_of`)."""

    places: int
    people: frozenset[str]


def fills(demands: Iterable[Demand]) -> bool:
    """Whether everybody can be given at most one place so that no place stays empty.

    A maximum bipartite matching by augmenting paths (Kuhn). A path is at most as long as there are places.
    """
    wanted = list(demands)
    if any(len(demand.people) < demand.places for demand in wanted):
        return False
    if sum(len(demand.people) for demand in wanted) == len(frozenset[str]().union(*(each.people for each in wanted))):
        return True  # nobody is wanted twice
    places = [demand.people for demand in wanted for _ in range(demand.places)]
    holds: dict[str, int] = {}  # which place a person has been given

    def given(place: int, asked: set[str]) -> bool:
        # Whoever is free first: else, of people who may fill the same places, each would be moved for the next one.
        for person in sorted(places[place] - asked, key=holds.__contains__):
            if person not in asked:
                asked.add(person)
                if person not in holds or given(holds[person], asked):
                    holds[person] = place
                    return True
        return False

    return all(given(place, set()) for place in range(len(places)))
