"""Templates, with everything escaped and nothing invisible in what strangers wrote."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from contracts.plain_text import escape_invisible

_PAGES: Final = Path(__file__).resolve().parent
_LONGEST_TITLE: Final = 80  # characters
_UNITS: Final = (("MB", 1_000_000), ("kB", 1_000))


def render(template: str, **shown: Any) -> str:
    """Return a page as HTML."""
    return _environment().get_template(f"{template}.html.j2").render(shown)


@cache
def static_address(name: str) -> str:
    """Return the address of a file that never changes under that address."""
    digest = hashlib.sha256((_PAGES / "static" / name).read_bytes()).hexdigest()[:16]
    return f"/static/{digest}/{name}"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_PAGES / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "day": lambda at: f"{at.astimezone(UTC):%-d %b}",
        "last_part": lambda name: name.rpartition("/"),
        "moment": _moment,
        "plain": escape_invisible,
        "said": lambda text: Markup("<bdi>{}</bdi>").format(escape_invisible(text)),
        "said_in_lines": lambda text: escape_invisible(text, keep_lines=True),
        "shorten": lambda text: text if len(text) <= _LONGEST_TITLE else f"{text[: _LONGEST_TITLE - 1]}…",
        "size": _size,
        "static": static_address,
        "utc": lambda at: f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    made.globals |= {"said": None, "reader": None, "here": None, "review": None, "links": (), "kept": None}
    return made


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%a %-d %b %Y, %H:%M} UTC"


def _size(length: int) -> str:
    for unit, size in _UNITS:
        if length >= size:
            return f"{length / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{length} bytes"
