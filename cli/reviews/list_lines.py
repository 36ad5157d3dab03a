"""Reviews as lines of a list: short and shortened in a terminal, whole and with tabs in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.text import Text

from cli.columns import LONGEST_NAME, NARROW, Cell, row_lines, shorten
from cli.csv_output import csv_text
from cli.local_time import LocalTime, utc
from cli.reviews.sentence import approvals
from cli.reviews.styles import OVERDUE, style_of
from cli.reviews.view import ReviewView
from compliance.outcome import ReviewState
from compliance.turnaround import overdue_since
from contracts.plain_text import quantity

_COLUMNS: Final = ("Review", "Document", "Class", "Submitter", "State", "When")
_WHOLE: Final = ("review", "state", "document", "class", "submitter", "approvals", "needed", "due", "closed", "outcome")
_SHORTEST_ID: Final = 8
_LONGEST_CLASS: Final = 12


def list_lines(views: Sequence[ReviewView], time: LocalTime, width: int | None) -> Iterator[Text]:
    """Yield a line for each review; in a pipe id, state, document, class, submitter, approvals, and due or closed."""
    if width is None:
        yield from row_lines((), (_whole_row(view) for view in views), None)
    else:
        rows = (_row(view, time, is_narrow=width < NARROW) for view in views)
        yield from row_lines(_COLUMNS, rows, width, shortened=1)


def totals(views: Sequence[ReviewView], time: LocalTime, *, more: bool) -> str:
    """Return how many reviews were listed, and how many of them are due today or overdue."""
    overdue = sum(is_overdue(view, time) for view in views)
    dues = [due for view in views if (due := _due(view)) and not is_overdue(view, time)]
    today = sum(due.astimezone(time.zone).date() == time.today for due in dues)
    text = quantity(len(views), "review")
    text += f", {today} due today" if today else ""
    text += f", {overdue} overdue" if overdue else ""
    return f"{text}; there are more: --all lists them" if more else text


def list_csv(views: Sequence[ReviewView]) -> str:
    """Return reviews as comma-separated values."""
    return csv_text(_WHOLE, map(_csv_row, views))


def _row(view: ReviewView, time: LocalTime, *, is_narrow: bool) -> tuple[Cell, ...]:
    head = view.head
    style, due = style_of(view, time), overdue_since(head, time.now) or _due(view)
    state = Text(short_state(view), "" if style == OVERDUE else style)
    when = Text(time.due(due), style if style == OVERDUE else "") if due else _closed(view, time)
    document_class, submitter = Text(head.policy.document_class), Text(head.submitter or "")
    if is_narrow:
        document_class, submitter = shorten(document_class, _LONGEST_CLASS), shorten(submitter, LONGEST_NAME)
    return head.review_id[:_SHORTEST_ID], head.document.name, document_class, submitter, state, when


def short_state(view: ReviewView) -> str:
    """Return how far a review is: `1 of 2` approvals, or how it ended."""
    head = view.head
    if head.retraction:
        return "retracted" if head.retraction.done else "retracting"
    if head.outcome:
        return head.outcome
    if head.state is ReviewState.OPEN:
        return approvals(view) if view.asks else "inspecting"
    return "moving"


def _whole_row(view: ReviewView) -> tuple[Cell, ...]:
    head, due = view.head, _due(view)
    when = utc(due or head.closed_at)
    name, person = head.document.name, head.submitter
    return head.review_id, head.outcome or head.state, name, head.policy.document_class, person, approvals(view), when


def _csv_row(view: ReviewView) -> tuple[object, ...]:
    head, document = view.head, view.head.document
    given, needed = view.approvals
    about = head.review_id, head.state, document.name, head.policy.document_class, head.submitter
    return *about, given, needed, utc(_due(view)), utc(head.closed_at), head.outcome


def _due(view: ReviewView) -> datetime | None:
    return view.head.deadline if view.asks else None


def _closed(view: ReviewView, time: LocalTime) -> str | None:
    at = view.head.closed_at
    return time.day(at) if at else None


def is_overdue(view: ReviewView, time: LocalTime) -> bool:
    """Return whether a review still waits after its first deadline."""
    return overdue_since(view.head, time.now) is not None
