"""A report as a picture: a bar for each line, in SVG, for light and dark backgrounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from cli.local_time import time_taken
from cli.reports.figures import Figures
from compliance.outcome import Outcome
from contracts.plain_text import escape_invisible, quantity

_WIDTH: Final = 760
_LABEL: Final = 190  # pixels before the bars
_BARS: Final = 350
_ROW: Final = 34
_TOP: Final = 78
_LONGEST_LABEL: Final = 26  # characters
_NARROWEST_NUMBER: Final = 22  # pixels of a bar that has room for a number

_SHOWN: Final = (
    (Outcome.APPROVED, "approved"),
    (Outcome.REJECTED, "rejected"),
    (Outcome.EXPIRED, "expired"),
    (None, "other"),  # withdrawn, superseded, gone, failed
)
# Colours that people with any colour vision can tell apart (Okabe and Ito), with a number in each bar besides.
_STYLE: Final = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.quiet { fill: #59636e }
.number { fill: #ffffff; font-weight: 600; text-anchor: middle }
.approved { fill: #00735a } .rejected { fill: #b3470a } .expired { fill: #8a5a83 } .other { fill: #5f6b77 }
@media (prefers-color-scheme: dark) { text { fill: #f0f3f6 } .quiet { fill: #a5adb6 } .number { fill: #ffffff } }
"""


def picture_of(title: str, figures: Sequence[Figures]) -> str:
    """Return the SVG."""
    height = _TOP + _ROW * max(len(figures), 1) + 12
    most = max((each.reviews for each in figures), default=1)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" aria-label="{_safe(title)}">',
        f"<title>{_safe(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="12" y="26">{_safe(title)}</text>',
        *_legend(),
    ]
    for number, each in enumerate(figures):
        lines += _bar(each, _TOP + _ROW * number, most)
    if not figures:
        lines.append(f'<text class="quiet" x="12" y="{_TOP + 18}">No review ended in this time.</text>')
    return "\n".join([*lines, "</svg>", ""])


def _legend() -> Iterator[str]:
    for number, (_, word) in enumerate(_SHOWN):
        x = _LABEL + 100 * number
        yield f'<rect class="{word}" x="{x}" y="42" width="12" height="12" rx="2"/>'
        yield f'<text class="quiet" x="{x + 18}" y="53">{word}</text>'


def _bar(figures: Figures, y: int, most: int) -> Iterator[str]:
    label = figures.name if len(figures.name) <= _LONGEST_LABEL else f"{figures.name[: _LONGEST_LABEL - 1]}…"
    yield f'<text x="12" y="{y + 18}">{_safe(label)}<title>{_safe(figures.name)}</title></text>'
    x = float(_LABEL)
    known = {outcome for outcome, _ in _SHOWN}
    for outcome, word in _SHOWN:
        count = (
            figures.outcomes.get(outcome, 0)
            if outcome
            else sum(count for each, count in figures.outcomes.items() if each not in known)
        )
        if not count:
            continue
        width = _BARS * count / most
        yield f'<rect class="{word}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="24">'
        yield f"<title>{_safe(figures.name)}: {count} {word}</title></rect>"
        if width >= _NARROWEST_NUMBER:
            yield f'<text class="number" x="{x + width / 2:.1f}" y="{y + 17}">{count}</text>'
        x += width
    median = f", median {time_taken(figures.median)}" if figures.median is not None else ""
    yield f'<text class="quiet" x="{x + 8:.1f}" y="{y + 17}">{quantity(figures.reviews, "review")}{median}</text>'


def _safe(text: str) -> str:
    return escape(escape_invisible(text), {'"': "&quot;"})
