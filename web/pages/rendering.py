"""Templates become pages: everything is escaped, and nothing in what strangers wrote stays invisible."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from contracts.plain_text import escape_invisible
from web.pages.view_models import Reader
from web.principal import Principal

PAGES: Final = Path(__file__).resolve().parent
_LONGEST_TITLE: Final = 80  # characters
_UNITS: Final = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


def page(
    template: str, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None, **shown: Any
) -> HTMLResponse:
    """Return a page as an answer."""
    return HTMLResponse(html(template, **shown), status, headers)


def html(template: str, **shown: Any) -> str:
    """Return a page's text."""
    return _environment().get_template(f"{template}.html.j2").render(shown)


def reader_of(principal: Principal) -> Reader:
    """Return who looks at a page."""
    return Reader(principal.shown_name, principal.name)


@cache
def static_address(name: str) -> str:
    """Return the address of a file, which changes with its content: browsers may keep it for ever."""
    digest = hashlib.sha256((PAGES / "static" / name).read_bytes()).hexdigest()[:16]
    return f"/static/{name}?{digest}"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(PAGES / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(_FILTERS)
    made.globals.update(_ABSENT)
    return made


def _said(text: object) -> Markup:
    """Return what a stranger wrote. Its direction of writing ends where it ends."""
    return Markup("<bdi>{}</bdi>").format(escape_invisible(text))


def _size(length: int) -> str:
    for unit, size in _UNITS:
        if length >= size:
            return f"{length / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{length} bytes"


def _moment(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc:%a} {utc.day} {utc:%b %Y, %H:%M} UTC"


def _day(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b}"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _last_part(name: str) -> tuple[str, str, str]:
    return name.rpartition("/")


def _lines(text: str) -> str:
    return escape_invisible(text.replace("\r\n", "\n"), keep_lines=True)


def _shorten(text: str) -> str:
    """Return a long text without its middle: names of documents tell most at their end."""
    part = _LONGEST_TITLE // 2
    return text if len(text) <= _LONGEST_TITLE else f"{text[: part - 1]}…{text[-part:]}"


_FILTERS: Final[dict[str, Callable[..., str | tuple[str, str, str]]]] = {
    "day": _day,
    "last_part": _last_part,
    "moment": _moment,
    "plain": escape_invisible,
    "said": _said,
    "said_in_lines": _lines,
    "shorten": _shorten,
    "size": _size,
    "static": static_address,
    "utc": _utc,
}
# What most pages do not have.
_ABSENT: Final[dict[str, Any]] = {
    "here": None,
    "kept": None,
    "links": (),
    "reader": None,
    "review": None,
    "said": None,
}
