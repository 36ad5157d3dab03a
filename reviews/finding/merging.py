"""Several inboxes read as one, in the order of their keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from adapters.at_once import gather_few


@dataclass(slots=True)
class Source:
    """An inbox, as pages of ascending keys, and in whose place it is read. None if it is the reader's own."""

    place_of: str | None
    pages: AsyncIterator[Sequence[str]]
    passed_over: set[str] = field(default_factory=set[str])  # keys that only mark how far it is read
    keys: list[str] = field(default_factory=list[str])  # read and not yielded yet
    is_read: bool = False  # to its end

    async def fill(self) -> None:
        """Read pages until there is a key, or until there are no more pages."""
        while not self.keys and not self.is_read:
            page = await anext(self.pages, None)
            self.is_read = page is None
            self.keys = list(page or ())


@dataclass(frozen=True, slots=True)
class MergedRow:
    """A key, and the `place_of` of each source that has it, in their order; no place if all pass over it."""

    key: str
    places_of: tuple[str | None, ...]


async def merge(sources: Sequence[Source]) -> AsyncIterator[list[MergedRow]]:
    """Yield all keys in pages. A page ends at the last key up to which every source is read."""
    while True:
        await gather_few(partial(source.fill) for source in sources)
        read_to = [source.keys[-1] for source in sources if not source.is_read and source.keys]
        found: dict[str, list[str | None]] = {}
        for source in sources:
            count = sum(key <= min(read_to) for key in source.keys) if read_to else len(source.keys)
            for key in source.keys[:count]:
                places = found.setdefault(key, [])
                if key not in source.passed_over:
                    places.append(source.place_of)
            source.keys = source.keys[count:]
        if not found:
            return
        yield [MergedRow(key, tuple(found[key])) for key in sorted(found)]
