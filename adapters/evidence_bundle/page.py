"""The page of a bundle of evidence, for people. Strangers' text is escaped in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader

from contracts.plain_text import escape_invisible
from contracts.proofs.attestation import claim_in_words
from evidence.bundle import MOST_BYTES
from evidence.checks import Evidence
from evidence.past_state import state_after

_TEMPLATE: Final = "evidence.html.j2"
# How many characters of a text a page shows, the next if it is too large for a bundle: all, then ever fewer.
_SHOWN: Final = (None, 1000, 80)
_ROWS_OF_A_BLOCK: Final = 200  # a block of JSON is shown as long as so many texts


def page_of(evidence: Evidence, most_bytes: int = MOST_BYTES) -> str:
    """Render the page; the same evidence gives the same page.

    If the page would be too large for a bundle, texts are cut off and it says so; the files beside it hold everything.
    Raises ValueError if there is no record, or if even the shortest page is too large.
    """
    state = state_after(evidence.records, len(evidence.records))
    if state is None:
        raise ValueError(f"there is no record of review {evidence.review_id}")
    for shown in _SHOWN:
        page = _environment(shown).get_template(_TEMPLATE).render(evidence=evidence, state=state, shown=shown)
        if len(page.encode()) <= most_bytes:
            return page
    raise ValueError(f"the page of review {evidence.review_id} is too large for a bundle")


def _environment(shown: int | None) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # Escapes invisible characters, such as those that reverse the direction of the text after them.
    environment.filters["escape_invisible"] = lambda text: escape_invisible(_cut(str(text), shown), keep_lines=True)
    environment.filters["pretty"] = lambda value: _cut(_pretty(value), shown and shown * _ROWS_OF_A_BLOCK)
    environment.filters["moment"] = _moment
    environment.filters["in_words"] = claim_in_words
    return environment


def _cut(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else text[:most] + " ..."


def _moment(text: str) -> str:
    """Write a time as `compliance show` does; the files beside the page have it to the last digit.

    Keeps a text that is no time: a due time in business time is not checked by the rules, so it may be anything.
    """
    try:
        at = datetime.fromisoformat(text)
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at.tzinfo else text
    except (ValueError, OverflowError):
        return text


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True)
