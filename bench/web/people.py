"""People who click: each signs in over HTTP, keeps the connection, and goes from page to page as a reviewer does."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from itertools import cycle
from typing import Final

import aiohttp

from bench.many_reviews import SAM

_REVIEW: Final = re.compile(r'href="/reviews/([0-9a-f]{64})"')
_NEXT: Final = re.compile(r'href="(/(?:documents)?\?cursor=[^"]+)"')
_PAGES: Final = 8  # that somebody goes through before they are back on the first one
_WITHOUT_ROLE: Final = 4  # one in so many people may decide only if a policy names them


class Click(StrEnum):
    """What somebody clicks on, by the name of its figures."""

    LIST = "Waiting for me"
    NEXT = "Waiting for me, a next page"
    REVIEW = "a review's page"
    DOCUMENT = "a document, opened"
    OWN = "My documents"
    API_LIST = "API: list=waiting"
    API_REVIEW = "API: a review"


# From the list to a review, its document beside it, back, on to the next page; and what a program would request.
_REVIEWER: Final = (
    *(Click.LIST, Click.REVIEW, Click.DOCUMENT, Click.LIST, Click.NEXT, Click.REVIEW, Click.DOCUMENT, Click.LIST),
    *(Click.NEXT, Click.NEXT, Click.API_LIST, Click.API_REVIEW),
)
_SUBMITTER: Final = (Click.OWN, Click.REVIEW, Click.DOCUMENT, Click.OWN, Click.NEXT, Click.API_REVIEW)


class AnswerError(Exception):
    """The front door has refused a click; the text says which, and how it answered."""


@dataclass(slots=True)
class Person:
    """Somebody who has signed in, and the links on the page before them."""

    name: str
    session: aiohttp.ClientSession
    reviews: list[str] = field(default_factory=list[str])
    at: int = 0  # which of the links they follow next
    next_page: str | None = None
    pages: int = 0

    @property
    def journey(self) -> tuple[Click, ...]:
        """What they click on, again and again."""
        return _SUBMITTER if self.name == SAM else _REVIEWER

    async def click(self, click: Click) -> None:
        """Ask for a page and read all of it. Raises AnswerError if it is refused."""
        path = self._path(click)
        async with self.session.get(path) as answer:
            body = await answer.read()
            if answer.status != HTTPStatus.OK:
                raise AnswerError(f"{path} for {self.name}: {answer.status} {body[:300]!r}")
        if click in (Click.LIST, Click.NEXT, Click.OWN):
            self._look_at_list(body.decode(), is_first=click is not Click.NEXT)

    def _path(self, click: Click) -> str:
        match click:
            case Click.LIST:
                return "/"
            case Click.NEXT:
                return self.next_page or "/"
            case Click.REVIEW:
                self.at += 1
                return f"/reviews/{self._review}"
            case Click.DOCUMENT:
                return f"/api/v1/reviews/{self._review}/document"
            case Click.OWN:
                return "/documents"
            case Click.API_LIST:
                return "/api/v1/reviews?list=waiting"
            case Click.API_REVIEW:
                return f"/api/v1/reviews/{self._review}"

    @property
    def _review(self) -> str:
        if not self.reviews:
            raise AnswerError(f"{self.name} has seen no review in a list")
        return self.reviews[self.at % len(self.reviews)]

    def _look_at_list(self, text: str, *, is_first: bool) -> None:
        self.reviews = _REVIEW.findall(text) or self.reviews
        self.pages = 1 if is_first else self.pages + 1
        more = _NEXT.search(text)
        self.next_page = html.unescape(more[1]) if more and self.pages < _PAGES else None


@dataclass(slots=True)
class Clicked:
    """How long each click took, in milliseconds."""

    times: dict[Click, list[float]] = field(default_factory=dict[Click, list[float]])

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(map(len, self.times.values()))

    async def take(self, person: Person, click: Click) -> None:
        """Click and take the time."""
        began = time.perf_counter()
        await person.click(click)
        self.times.setdefault(click, []).append((time.perf_counter() - began) * 1000)


def names_of(count: int) -> list[str]:
    """Return the names of so many people, the last of whom has submitted everything."""
    return [*(f"person{number}@example.org" for number in range(count - 1)), SAM]


def only_named(names: list[str]) -> list[str]:
    """Return the reviewers who have no role: they see only what names them."""
    return [name for name in names if name != SAM][_WITHOUT_ROLE - 1 :: _WITHOUT_ROLE]


@asynccontextmanager
async def signed_in(address: str, names: list[str]) -> AsyncIterator[list[Person]]:
    """Have everybody sign in, each with connections of their own, and end the connections."""
    async with AsyncExitStack() as opened:
        people: list[Person] = []
        for name in names:
            cookies = aiohttp.CookieJar(unsafe=True)  # which a jar keeps for no address of numbers otherwise
            session = await opened.enter_async_context(aiohttp.ClientSession(address, cookie_jar=cookies))
            roles = "" if name in (SAM, *only_named(names)) else "Reviewer"
            said = {"userName": name, "name": name.partition("@")[0], "roles": roles}
            async with session.post("/.auth/login/aad", data=said, headers={"Origin": address}) as answer:
                answer.raise_for_status()
            people.append(Person(name, session))
        yield people


async def click_at_once(people: list[Person], think: float, go_on: Callable[[], bool]) -> Clicked:
    """Have all click on, each with a pause after each answer. They begin at different moments and places."""
    clicked = Clicked()

    async def go(number: int, person: Person) -> None:
        await person.click(Click.OWN if person.name == SAM else Click.LIST)
        await asyncio.sleep(think * number / len(people))
        turned = number % len(person.journey)
        for click in cycle(person.journey[turned:] + person.journey[:turned]):
            if not go_on():
                return
            await clicked.take(person, click)
            await asyncio.sleep(think)

    async with asyncio.TaskGroup() as group:
        for number, person in enumerate(people):
            group.create_task(go(number, person))
    return clicked
