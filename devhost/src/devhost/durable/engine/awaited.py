"""Outcomes as the .NET host awaits them: completed once, with any number of callbacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence


class Awaited:
    """The outcome of an action, as the host awaits it."""

    __slots__ = ("_callbacks", "done", "failed")

    def __init__(self, done: bool = False) -> None:
        self.done = done
        self.failed = False
        self._callbacks: list[Callable[[], None]] = []

    def settle(self, failed: bool = False) -> None:
        """Complete it; ignored if it is complete already."""
        if self.done:
            return
        self.done, self.failed = True, failed
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def then(self, callback: Callable[[], None]) -> None:
        """Call `callback` once it is complete, at once if it already is."""
        if self.done:
            callback()
        else:
            self._callbacks.append(callback)


def when_any(children: Sequence[Awaited]) -> Awaited:
    """Return an outcome that is complete as soon as one child is; at once without children."""
    outcome = Awaited(done=not children)
    for child in children:
        child.then(outcome.settle)
    return outcome


def when_all(children: Sequence[Awaited]) -> Awaited:
    """Return an outcome that is complete once every child is, unlike the SDK, which resumes at the first failure."""
    outcome = Awaited(done=not children)
    left = len(children)

    def one_done() -> None:
        nonlocal left
        left -= 1
        if not left:
            outcome.settle()

    for child in children:
        child.then(one_done)
    return outcome
