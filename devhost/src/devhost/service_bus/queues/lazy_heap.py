"""A priority queue whose items can be re-keyed or discarded cheaply, without unbounded growth."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

Item = TypeVar("Item", int, str)


class LazyHeap(Generic[Item]):
    """Items ordered by a key. Discarded entries stay until they reach the top or outnumber the others."""

    __slots__ = ("_heap", "_keys")

    def __init__(self) -> None:
        self._keys: dict[Item, float] = {}
        self._heap: list[tuple[float, Item]] = []

    def __len__(self) -> int:
        return len(self._keys)

    def push(self, key: float, item: Item) -> None:
        """Add an item, or move it to another key."""
        self._keys[item] = key
        heappush(self._heap, (key, item))
        if len(self._heap) > 2 * len(self._keys) + 64:
            self._heap = [(key, item) for item, key in self._keys.items()]
            heapify(self._heap)

    def discard(self, item: Item) -> None:
        self._keys.pop(item, None)

    def first(self) -> tuple[float, Item] | None:
        """Return the lowest key with its item, None if the heap is empty."""
        heap, keys = self._heap, self._keys
        while heap:
            key, item = heap[0]
            if keys.get(item) == key:
                return heap[0]
            heappop(heap)
        return None

    def first_key(self) -> float | None:
        entry = self.first()
        return entry[0] if entry else None

    def pop_due(self, moment: float) -> Item | None:
        """Remove and return the first item whose key is at or before `moment`."""
        entry = self.first()
        if entry is None or entry[0] > moment:
            return None
        heappop(self._heap)
        del self._keys[entry[1]]
        return entry[1]
