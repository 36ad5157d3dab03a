"""What the front door costs the documents that travel meanwhile: the same app without it, with it, and with people."""

from __future__ import annotations

import asyncio
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.figures import Figure
from bench.reviewers import Reviewers
from bench.travelling import Travels, processor_times
from bench.web.filling import Many, fill, stack_with_key_ranges
from bench.web.people import Click, Clicked, click_at_once, names_of, signed_in

_WITHOUT: Final = {"AzureWebJobs.on_web_request.Disabled": "true"}
_WARM_UP: Final = 20


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often how many documents travel each way, and how many people click how fast in the third."""

    rounds: int = 4
    documents: int = 40
    people: int = 20
    think: float = 2.0
    many: Many = field(default_factory=lambda: Many(unfinished=1_000, finished=0))


@dataclass(frozen=True, slots=True)
class _Cost:
    """What one document cost: seconds, and processor time in milliseconds of devhost with the app, and of Azurite."""

    seconds: float
    host: float
    azurite: float


def messages(folder: Path, size: Rounds, tell: Callable[[str], None]) -> list[Figure]:
    """Let the three ways take turns, so that whatever slows the machine down slows all."""
    without: list[_Cost] = []
    with_it: list[_Cost] = []
    clicked: list[_Cost] = []
    clicks: list[Clicked] = []
    with ExitStack() as opened:
        off, on = (_Way(opened, folder / name, settings) for name, settings in (("off", _WITHOUT), ("on", {})))
        names = names_of(size.people)
        asyncio.run(fill(on.state, names, size.many))
        on.click_once(names)
        for way in (off, on):
            way.travels.travel(_WARM_UP)
        for number in range(size.rounds):
            pairs = [(off, without), (on, with_it)]
            for way, costs in pairs if number % 2 else reversed(pairs):
                costs.append(way.cost(size.documents))
            with on.people_click(names, size.think, clicks):
                clicked.append(on.cost(size.documents))
            tell(f"documents travelled with the front door and without, round {number + 1} of {size.rounds}")
    how = f"median of {size.rounds} rounds of {size.documents} documents each way"
    pages = sum(each.count for each in clicks) / sum(each.seconds * size.documents for each in clicked)
    people = f"{how}, {size.people} people, {size.think:g} s between clicks, {pages:.1f} clicks a second"
    return [
        *_figures("the front door switched off", without, how),
        *_figures("the front door imported", with_it, how),
        Figure("the front door imported : switched off", _ratio(with_it, without, "host"), "host CPU", how),
        Figure("the front door imported : switched off", _ratio(with_it, without, "seconds"), "time", how),
        Figure("a document while people click", _median(clicked, "seconds") * 1000, "ms", people),
        Figure("people click : nobody does", _ratio(clicked, with_it, "seconds"), "time", people),
    ]


def _figures(what: str, costs: list[_Cost], how: str) -> list[Figure]:
    return [
        Figure(f"a document, {what}", _median(costs, "seconds") * 1000, "ms", f"{how}, many at once"),
        Figure(f"a document, {what}", _median(costs, "host"), "ms CPU", f"devhost with the app, {how}"),
        Figure(f"a document, {what}", _median(costs, "azurite"), "ms CPU", f"Azurite, {how}"),
    ]


def _median(costs: list[_Cost], part: str) -> float:
    return statistics.median(getattr(each, part) for each in costs)


def _ratio(costs: list[_Cost], others: list[_Cost], part: str) -> float:
    pairs = zip(costs, others, strict=True)
    return statistics.median(getattr(each, part) / getattr(other, part) for each, other in pairs)


class _Way:
    """A stack with or without the front door, and its reviewers."""

    def __init__(self, opened: ExitStack, state: Path, settings: dict[str, str]) -> None:
        self.state = state
        stack = opened.enter_context(stack_with_key_ranges(state, settings))
        self.travels = Travels(stack, opened.enter_context(Reviewers(state)))

    def cost(self, documents: int) -> _Cost:
        before, began = processor_times(self.state), time.perf_counter()
        self.travels.travel(documents)
        seconds = time.perf_counter() - began
        host, azurite = (after - earlier for earlier, after in zip(before, processor_times(self.state), strict=True))
        return _Cost(seconds / documents, host / documents * 1000, azurite / documents * 1000)

    @property
    def _address(self) -> str:
        return json.loads((self.state / "endpoints.json").read_text())["http"]

    def click_once(self, names: list[str]) -> None:
        """Have the front door imported, as its first request does."""

        async def click() -> None:
            async with signed_in(self._address, names[:1]) as people:
                await people[0].click(Click.OWN)

        asyncio.run(click())

    @contextmanager
    def people_click(self, names: list[str], think: float, clicks: list[Clicked]) -> Iterator[None]:
        """Have people click in a thread of their own."""
        ready, over = threading.Event(), threading.Event()

        async def click() -> None:
            async with signed_in(self._address, names) as people:
                ready.set()
                clicks.append(await click_at_once(people, think, lambda: not over.is_set()))

        thread = threading.Thread(target=lambda: asyncio.run(click()))
        thread.start()
        ready.wait()
        try:
            yield
        finally:
            over.set()
            thread.join()
