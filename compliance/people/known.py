"""The name by which a review knows somebody who has several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from compliance.people.binding import known_among
from compliance.people.identity import person_key
from compliance.review import Decision, Head
from compliance.verdict import Tally


def name_in_review(head: Head, tally: Tally, decision: Decision, other_names: Sequence[str]) -> Decision:
    """Return a decision with the name that matters here, of all those of the reviewer.

    What keeps the person from deciding comes first: their own document, a right that has ended, a place that they have
    filled. Then comes a place that they may fill, now or later.
    """
    if not other_names:
        return decision
    names = (decision.reviewer, *other_names)
    found = next(filter(None, (known_among(names, keys) for keys in _what_matters(head, tally, decision))), None)
    is_own = found is None or person_key(found) == person_key(decision.reviewer)
    return decision if is_own else replace(decision, known_as=found)


def _what_matters(head: Head, tally: Tally, decision: Decision) -> Iterator[frozenset[str]]:
    times = (decision.enqueued_at, decision.received_at)
    ended = (right.person for right in head.ended_rights if any(map(right.holds_at, times)))
    yield head.barred
    yield frozenset(map(person_key, ended))
    yield tally.decided
    for stage in head.policy.stages[tally.stage :]:
        yield frozenset[str]().union(*(part.people for part in stage.parts))
    yield head.involved  # who can be no delegate even if duties are not separated
