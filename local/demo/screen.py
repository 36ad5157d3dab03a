"""What the audience sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class ClosingRow:
    """One line of the closing table, and everything that contradicts it."""

    subject: str
    outcome: str
    where: str
    why: str
    event: str
    contradictions: Sequence[str]


class Screen:
    """Prints as things happen; plain lines, so that a log of it reads as well."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def chapter(self, title: str) -> None:
        """What comes next."""
        self._console.print(f"\n[bold]{escape(title)}[/]")

    def says(self, who: str, what: str) -> None:
        """Somebody does or hears something."""
        self._console.print(f"  [cyan]{escape(who):>18}[/]  {escape(what)}", highlight=False)

    def moved(self, name: str, before: str, after: str) -> None:
        """A document is somewhere else now."""
        shown = f"{before} [bold]──▶[/] {after}" if before else f"[bold]──▶[/] {after}"
        self._console.print(f"  [bold blue]{escape(name):>18}[/]  {shown}", highlight=False)

    def closing(self, rows: Sequence[ClosingRow], seconds: float) -> None:
        """The table at the end, with whatever went wrong below it."""
        table = Table(title="How it ended, as storage, ledger and subscriber tell it", title_justify="left")
        for heading in ("", "document", "outcome", "where it is now", "why", "completion event"):
            table.add_column(heading, overflow="fold", no_wrap=heading in ("document", "outcome"))
        for row in rows:
            mark = "[red]✗[/]" if row.contradictions else "[green]✓[/]"
            outcome = f"[{_STYLES.get(row.outcome, 'white')}]{row.outcome}[/]"
            table.add_row(mark, *map(escape, (row.subject,)), outcome, *map(escape, (row.where, row.why, row.event)))
        self._console.print()
        self._console.print(table)
        for row in rows:
            for contradiction in row.contradictions:
                self._console.print(f"[red]{escape(row.subject)}: {escape(contradiction)}[/]")
        wrong = sum(bool(row.contradictions) for row in rows)
        verdict = f"[red]{wrong} did not end as they must[/]" if wrong else "[green]all ended as they must[/]"
        self._console.print(f"{len(rows)} endings in {seconds:.0f} s: {verdict}")
