"""The part of the unfinished reviews that one sweep looks at: all of a few, a twelfth of many."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST: Final = 1000  # reviews, which are looked at in some seconds
_SLICES: Final = 12  # there is a sweep every five minutes
_DIGITS: Final = 8  # of an id, enough to place it among all possible ones
_ALL: Final = 16**_DIGITS


@dataclass(frozen=True, slots=True)
class Slice:
    """The ids from `start` up to `end`; after the last id the first one follows. All ids if the two are the same."""

    ids: list[str]
    start: str
    end: str

    def covers(self, review_id: str) -> bool:
        """Return whether an id lies in this slice, even if it is not the id of an unfinished review."""
        if self.start < self.end:
            return self.start <= review_id < self.end
        return self.start == self.end or review_id >= self.start or review_id < self.end


def slice_from(ids: Sequence[str], start: str) -> Slice:
    """Return the slice of these sorted ids from `start` on: a twelfth of all possible ids, at least 1,000 of these."""
    first = bisect_left(ids, start)
    rotated = [*ids[first:], *ids[:first]]
    begins = _position(start)
    in_twelfth = sum((_position(each) - begins) % _ALL <= _ALL // _SLICES for each in rotated)
    count = max(LEAST, in_twelfth)
    return Slice(rotated[:count], start, rotated[count] if count < len(rotated) else start)


def _position(review_id: str) -> int:
    return int(review_id[:_DIGITS].ljust(_DIGITS, "0"), 16)
