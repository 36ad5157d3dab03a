"""Events and requests as lines of `compliance watch`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rich.cells import cell_len
from rich.text import Text

from cli.columns import shorten
from cli.local_time import LocalTime, utc
from cli.lookup import short_id
from cli.reviews.styles import style_of_outcome
from compliance.outcome import Outcome
from contracts.messages.events import DOCUMENT_RETRACTED, REVIEW_COMPLETED
from contracts.plain_text import escape_invisible
from reviews.wording.words import people

_LONGEST_NAME: Final = 28  # columns, in a terminal
_WIDEST_WORD: Final = 10  # of what happened
_ROUNDS: Final = {"request": "asked", "reminder": "reminder", "escalation": "escalated"}


@dataclass(frozen=True, slots=True)
class EventLine:
    """What a line says of an event."""

    at: datetime | None
    review_id: str | None
    what: str
    name: str | None = None  # of the document
    detail: str | None = None
    style: str = ""


def line_of_event(event: Mapping[str, Any], at: datetime | None) -> EventLine:
    """Return the line of an event on `review-events`, as far as the event says it."""
    data = _object(event.get("data"))
    review_id, name = _text(data.get("reviewId")), _text(_object(data.get("document")).get("name"))
    if event.get("type") == REVIEW_COMPLETED:
        outcome = _text(data.get("outcome")) or "completed"
        reason = _text(data.get("reason"))
        style = style_of_outcome(Outcome(outcome)) if outcome in [*Outcome] else ""
        return EventLine(at, review_id, outcome, name, reason and reason.replace("_", " "), style)
    if event.get("type") == DOCUMENT_RETRACTED:
        return EventLine(at, review_id, "retracted", name, f"by {data.get('retractedBy')}")
    answer = (_text(data.get("answer")) or "submission").replace("_", " ")
    return EventLine(at, review_id, "refused", name, f"{answer}: {data.get('explanation')}")


def line_of_request(message: Mapping[str, Any], at: datetime | None, time: LocalTime) -> EventLine:
    """Return the line of a request to reviewers."""
    audience = message.get("audience")
    names = (
        people([str(name) for name in audience], "or") if isinstance(audience, list) and audience else "any reviewer"
    )
    due = (
        f", due {time.moment(datetime.fromisoformat(deadline))}" if (deadline := _text(message.get("deadline"))) else ""
    )
    return EventLine(
        at,
        _text(message.get("reviewId")),
        _ROUNDS.get(str(message.get("round")), "asked"),
        _text(_object(message.get("document")).get("name")),
        f"{names}{due}",
    )


def draw(line: EventLine, time: LocalTime, width: int | None) -> Text:
    """Return one line of text: short and cut to a terminal's width, whole and with tabs in a pipe."""
    detail = escape_invisible(line.detail or "")
    if width is None:
        at = utc(line.at) or ""
        return Text("\t".join([at, line.review_id or "", line.what, escape_invisible(line.name or ""), detail]))
    at = time.clock(line.at) if line.at else ""
    name = shorten(Text(escape_invisible(line.name or "")), _LONGEST_NAME)
    review = short_id(line.review_id) if line.review_id else "-" * 12
    drawn = Text.assemble(f"{at}  {review}  ", (line.what.ljust(_WIDEST_WORD), line.style), "  ", name)
    if detail:
        drawn.append(f"  {detail}")
    if cell_len(drawn.plain) > width:
        drawn.truncate(width, overflow="ellipsis")
    drawn.rstrip()
    return drawn


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
