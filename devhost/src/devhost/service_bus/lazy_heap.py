"""A priority queue whose items can be re-keyed or discarded in constant time, without growing for it."""

from __future__ import annotations

from heapq import heapify, heappop, heappush


class LazyHeap:
    """Sequence numbers ordered by a key. Discarded entries stay until they surface or outnumber the rest."""

    __slots__ = ("_heap", "_keys")

    def __init__(self) -> None:
        self._keys: dict[int, float] = {}
        self._heap: list[tuple[float, int]] = []

    def __len__(self) -> int:
        return len(self._keys)

    def push(self, key: float, sequence: int) -> None:
        """Add it, or move it to another key."""
        self._keys[sequence] = key
        heappush(self._heap, (key, sequence))
        if len(self._heap) > 2 * len(self._keys) + 64:
            self._heap = [(key, sequence) for sequence, key in self._keys.items()]
            heapify(self._heap)

    def discard(self, sequence: int) -> None:
        self._keys.pop(sequence, None)

    def first(self) -> tuple[float, int] | None:
        """The lowest key with its sequence number, or None when empty."""
        heap, keys = self._heap, self._keys
        while heap:
            key, sequence = heap[0]
            if keys.get(sequence) == key:
                return heap[0]
            heappop(heap)
        return None

    def first_key(self) -> float | None:
        entry = self.first()
        return entry[0] if entry else None

    def pop_due(self, moment: float) -> int | None:
        """Remove and return the first sequence number whose key is at or before `moment`."""
        entry = self.first()
        if entry is None or entry[0] > moment:
            return None
        heappop(self._heap)
        del self._keys[entry[1]]
        return entry[1]
