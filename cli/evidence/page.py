"""The page of a bundle of evidence, for people. Strangers' text is escaped in it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader

from cli.terminal import escape_invisible, moment
from evidence.checks import Evidence
from evidence.past_state import state_after

_TEMPLATE: Final = "evidence.html.j2"


def page_of(evidence: Evidence) -> str:
    """Render the page; the same evidence gives the same page. Raises ValueError if there is no record."""
    state = state_after(evidence.records, len(evidence.records))
    if state is None:
        raise ValueError(f"there is no record of review {evidence.review_id}")
    return _environment().get_template(_TEMPLATE).render(evidence=evidence, state=state)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # Escapes invisible characters, such as those that reverse the direction of the text after them.
    environment.filters["escape_invisible"] = lambda text: escape_invisible(text, keep_lines=True)
    environment.filters["pretty"] = _pretty
    environment.filters["moment"] = _moment
    return environment


def _moment(text: str) -> str:
    """Write a time as `compliance show` does; the files beside the page have it to the last digit.

    Keeps a text that is no time: a due time in business time is not checked by the rules, so it may be anything.
    """
    try:
        at = datetime.fromisoformat(text)
        return moment(at) if at.tzinfo else text
    except (ValueError, OverflowError):
        return text


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True)
