"""`web`: pages and calls one at a time, then by 20 people at once; and the messages with the front door and without.

Storage is Azurite whose tables read ranges of keys, as Azure's do (`key_ranges.cjs`).
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich import get_console

from bench.figures import Figure
from bench.travelling import processor_times, storage_requests
from bench.web.filling import Many, fill, stack_with_key_ranges
from bench.web.imports import imports
from bench.web.messages import Rounds, messages
from bench.web.people import SAM, Click, Clicked, Person, click_at_once, names_of, signed_in


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    many: Many = field(default_factory=Many)
    people: int = 20
    alone: int = 20  # clicks of each kind, one at a time
    thinks: tuple[float, ...] = (5.0, 2.0)  # seconds between an answer and the next click
    clicking: float = 25.0  # seconds with each such pause
    closed: float = 10.0  # seconds without
    rounds: Rounds = field(default_factory=Rounds)


def web() -> list[Figure]:
    """Measure with the default numbers."""
    return measure(Size())


def measure(size: Size) -> list[Figure]:
    """Measure the imports, the pages, then the messages."""
    with tempfile.TemporaryDirectory() as folder:
        figures = imports()
        _tell("imports measured")
        with stack_with_key_ranges(Path(folder) / "pages"):
            figures += asyncio.run(_pages(Path(folder) / "pages", size))
        return [*figures, *messages(Path(folder), size.rounds, _tell)]


async def _pages(state: Path, size: Size) -> list[Figure]:
    names, began = names_of(size.people), time.perf_counter()
    await fill(state, names, size.many)
    _tell(f"{size.many.unfinished:,} open reviews written in {time.perf_counter() - began:.0f} s")
    async with signed_in(json.loads((state / "endpoints.json").read_text())["http"], names) as people:
        by_name = {person.name: person for person in people}
        figures: list[Figure] = []
        for click in Click:
            person = by_name[SAM if click is Click.OWN else names[0]]
            figures += await _alone(state, person, click, size.alone)
        _tell("each kind of click measured by itself")
        for think in size.thinks:
            figures += await _at_once(state, people, f"{think:g} s between clicks", size.clicking, think)
        figures += await _at_once(state, people, "no pause", size.closed, 0)
    return figures


async def _alone(state: Path, person: Person, click: Click, count: int) -> list[Figure]:
    await person.click(Click.OWN if person.name == SAM else Click.LIST)
    await person.click(click)
    clicked, before, requests = Clicked(), processor_times(state), storage_requests(state)
    for _ in range(count):
        await clicked.take(person, click)
    used = [after - earlier for earlier, after in zip(before, processor_times(state), strict=True)]
    host, azurite = (each / count * 1000 for each in used)
    how = f"of {count}, one at a time"
    return [
        Figure(f"{click}", statistics.median(clicked.times[click]), "ms", f"median {how}"),
        Figure(f"{click}", host, "ms CPU", f"devhost with the app, mean {how}"),
        Figure(f"{click}", azurite, "ms CPU", f"Azurite, mean {how}"),
        Figure(f"{click}", (storage_requests(state) - requests) / count, "requests", f"to storage, mean {how}"),
    ]


async def _at_once(state: Path, people: list[Person], pauses: str, seconds: float, think: float) -> list[Figure]:
    before, began = processor_times(state), time.perf_counter()
    clicked = await click_at_once(people, think, lambda: time.perf_counter() < began + seconds)
    took = time.perf_counter() - began
    host, azurite = (after - earlier for earlier, after in zip(before, processor_times(state), strict=True))
    how = f"{len(people)} people at once, {pauses}"
    _tell(f"{how}: {clicked.count} clicks in {took:.0f} s")
    return [
        Figure("clicks", clicked.count / took, "1/s", how),
        Figure("devhost with the app", host / took * 100, "% of a core", how),
        Figure("Azurite", azurite / took * 100, "% of a core", how),
        *(
            Figure(f"{click}, p{percent}", _percentile(times, percent), "ms", f"{len(times)} clicks, {how}")
            for click, times in sorted(clicked.times.items())
            for percent in (50, 95)
        ),
    ]


def _percentile(times: list[float], percent: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def _tell(text: str) -> None:
    get_console().print(f"  {text}", style="dim")
