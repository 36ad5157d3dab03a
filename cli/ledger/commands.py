"""`compliance ledger export` and `import`: back the ledger up, and bring it back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Annotated, Final

import typer
from azure.data.tables.aio import TableClient

from adapters.ledger_copy.exporting import export_ledger
from adapters.ledger_copy.importing import LAST_PARTITIONS, missing_rows, unsound, write_rows
from adapters.ledger_copy.lines import ExportedRow, ExportError, Lines, check_export, exported_partitions
from cli.failures import CommandError, Commands, ExitCode
from cli.json_output import JsonOutput, prints_json
from cli.session import JsonOption, Session, in_session
from cli.terminal import print_json, print_line, say
from cli.whole_file import whole_file

_EVERY: Final = 1000  # rows between two remarks
_MOST_NAMED: Final = 20

ledger = typer.Typer(
    cls=Commands, help="Export the whole ledger to a file, or import one.", no_args_is_help=True, rich_markup_mode=None
)


class CopyJson(JsonOutput):
    """What an export or import has copied."""

    file: str
    rows: int  # in the file
    written: int  # to the file or, by an import, to the ledger
    sha256: str  # of the file, without its last line


@ledger.command("export")
@prints_json(CopyJson)
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="It is written whole or not at all.")],
    as_json: JsonOption = False,
) -> None:
    """Export the whole ledger.

    Reviews with their audit trails, delegations, revocations, the log of the quarantine, lists and waiting events go
    into one file, which ends with its own SHA-256. The app may run meanwhile: each review is exported as it was at one
    moment. Keep the printed digest elsewhere, to know the file again.
    """

    async def work(session: Session) -> CopyJson:
        lines = Lines()
        with whole_file(file) as content:
            async for line in export_ledger(session.clients.ledger_table, lines):
                content.write(line)
                if lines.rows and lines.rows % _EVERY == 0:
                    say(f"{lines.rows:,} rows exported")
        return CopyJson(file=str(file), rows=lines.rows, written=lines.rows, sha256=lines.digest)

    _print(in_session(context, work), as_json, "exported")


@ledger.command("import")
@prints_json(CopyJson)
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Made by `compliance ledger export`.")],
    *,
    skip: Annotated[
        list[str] | None, typer.Option(metavar="REVIEW", help="Leave this review out; all 64 digits. May be repeated.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Import an exported ledger into an empty one, or add to a ledger what it lacks.

    First the file's digest and every review in it are verified, as by `compliance verify`, and compared with the
    ledger. If a review is not sound, or anything in the ledger differs from the file, because it is newer, older or
    another, nothing is written, and it is named. What is in the ledger already is left alone, so an import that was
    interrupted can be repeated. Stop the app meanwhile; its sweep then mends what the file does not know. You need the
    role Storage Table Data Contributor on the table.

    Exit code: 0 imported, 3 refused, 2 the file is no export, 1 failed.
    """
    try:
        rows, digest = check_export(file)
    except ExportError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error

    async def work(session: Session) -> CopyJson:
        table, left_out = session.clients.ledger_table, skip or ()
        await _check(table, file, left_out)
        written = 0
        for last in (False, True):
            for partition, found in _partitions(
                file, left_out, lambda name, last=last: (name in LAST_PARTITIONS) is last
            ):
                missing, _ = await missing_rows(table, partition, found)
                await write_rows(table, partition, missing)
                if missing and written // _EVERY != (written + len(missing)) // _EVERY:
                    say(f"{written + len(missing):,} rows imported")
                written += len(missing)
        return CopyJson(file=str(file), rows=rows, written=written, sha256=digest)

    _print(in_session(context, work), as_json, "imported")


async def _check(table: TableClient, file: Path, left_out: Collection[str]) -> None:
    """Verify and compare everything before anything is written. Raises CommandError with all that is wrong."""
    wrong: list[str] = []
    for partition, rows in _partitions(file, left_out, lambda _: True):
        if fault := unsound(partition, rows):
            wrong.append(f"review {partition} is not sound: {fault}")
        elif difference := (await missing_rows(table, partition, rows))[1]:
            wrong.append(difference)
    if wrong:
        more = f"\nand {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
        text = "nothing was imported:\n" + "\n".join(wrong[:_MOST_NAMED]) + more
        raise CommandError(text, ExitCode.REFUSED)


def _partitions(
    file: Path, left_out: Collection[str], wanted: Callable[[str], bool]
) -> Iterator[tuple[str, list[ExportedRow]]]:
    for partition, rows in exported_partitions(file):
        kept = [row for row in rows if row["RowKey"] not in left_out]
        if kept and partition not in left_out and wanted(partition):
            yield partition, kept


def _print(done: CopyJson, as_json: bool, what: str) -> None:
    if as_json:
        print_json(done)
    else:
        print_line(f"{done.written:,} of {done.rows:,} rows {what}")
        print_line(f"SHA-256 {done.sha256}")
