"""What the demo prints, and its picture for the README."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_STYLES = {
    "approved": "green",
    "rejected": "red",
    "expired": "yellow",
    "superseded": "magenta",
    "refused": "red",
}
_PICTURE_WIDTH = 100  # columns; GitHub shows about as many at a readable size
# Rich's own frame loads its font from a content delivery network; a picture in a repository must load nothing.
_PICTURE_FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font: bold 18px sans-serif }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


@dataclass(frozen=True, slots=True)
class ClosingRow:
    """One line of the closing table, and everything that contradicts it."""

    subject: str
    outcome: str
    place: str
    reason: str
    event: str
    contradictions: Sequence[str]


class Screen:
    """A printer of events as they happen, in plain lines that are readable in a log, too."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def chapter(self, title: str) -> None:
        """Print a chapter's title."""
        self._console.print(f"\n[bold]{escape(title)}[/]")

    def line(self, who: str, what: str) -> None:
        """Print what somebody does or receives."""
        self._console.print(f"  [cyan]{escape(who):>18}[/]  {escape(what)}", highlight=False)

    def move(self, name: str, source: str, target: str) -> None:
        """Print that a document has moved."""
        shown = f"{source} [bold]──▶[/] {target}" if source else f"[bold]──▶[/] {target}"
        self._console.print(f"  [bold blue]{escape(name):>18}[/]  {shown}", highlight=False)

    def closing(self, rows: Sequence[ClosingRow], seconds: float) -> None:
        """Print the table at the end, with every contradiction below it."""
        table = Table(
            title="How it ended, as storage, ledger and received events show it", title_justify="left", box=SIMPLE_HEAD
        )
        for heading in ("", "document", "outcome", "where", "why", "event"):
            table.add_column(heading, overflow="fold", no_wrap=heading != "why")
        for row in rows:
            mark = "[red]✗[/]" if row.contradictions else "[green]✓[/]"
            outcome = f"[{_STYLES.get(row.outcome, 'white')}]{row.outcome}[/]"
            table.add_row(mark, escape(row.subject), outcome, *map(escape, (row.place, row.reason, row.event)))
        self._console.print()
        self._console.print(table)
        for row in rows:
            for contradiction in row.contradictions:
                self._console.print(f"[red]{escape(row.subject)}: {escape(contradiction)}[/]")
        wrong = sum(bool(row.contradictions) for row in rows)
        verdict = f"[red]{wrong} did not end as expected[/]" if wrong else "[green]all as expected[/]"
        self._console.print(f"{len(rows)} endings in {seconds:.0f} s: {verdict}")


def save_picture(file: Path, rows: Sequence[ClosingRow], seconds: float) -> None:
    """Save the closing table as an SVG file that loads nothing."""
    console = Console(width=_PICTURE_WIDTH, record=True, file=io.StringIO(), force_terminal=True)
    Screen(console).closing(rows, seconds)
    console.save_svg(str(file), title="make demo", code_format=_PICTURE_FRAME, unique_id="demo")
