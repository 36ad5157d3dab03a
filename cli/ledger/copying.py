"""Copying the whole ledger to a file, and back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Final

from azure.data.tables.aio import TableClient

from adapters.ledger_copy.exporting import export_ledger
from adapters.ledger_copy.importing import LAST_PARTITIONS, missing_rows, unsound, write_rows
from adapters.ledger_copy.lines import ExportedRow, ExportError, Lines, check_export, exported_partitions
from cli.failures import CommandError, ExitCode
from cli.json_output import JsonOutput
from cli.session import Session
from cli.terminal import say
from cli.whole_file import whole_file

_EVERY: Final = 1000  # rows between two remarks
_MOST_NAMED: Final = 20


class CopyJson(JsonOutput):
    """What an export or import has copied."""

    file: str
    rows: int  # in the file
    written: int  # to the file or, by an import, to the ledger
    sha256: str  # of the file, without its last line


async def export_to(session: Session, file: Path) -> CopyJson:
    """Export the whole ledger to a file."""
    lines = Lines()
    with whole_file(file) as content:
        async for line in export_ledger(session.table, lines):
            content.write(line)
            if lines.rows and lines.rows % _EVERY == 0:
                say(f"{lines.rows:,} rows exported")
    return CopyJson(file=str(file), rows=lines.rows, written=lines.rows, sha256=lines.digest)


async def import_from(session: Session, file: Path, left_out: Collection[str]) -> CopyJson:
    """Import a file, but for some reviews. Raises CommandError if it does not fit the ledger: nothing is written."""
    try:
        rows, digest = check_export(file)
    except ExportError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    table = session.table
    await _check(table, file, left_out)
    written = 0
    for last in (False, True):
        for partition, found in _partitions(file, left_out, lambda name, last=last: (name in LAST_PARTITIONS) is last):
            missing, _ = await missing_rows(table, partition, found)
            await write_rows(table, partition, missing)
            if missing and written // _EVERY != (written + len(missing)) // _EVERY:
                say(f"{written + len(missing):,} rows imported")
            written += len(missing)
    return CopyJson(file=str(file), rows=rows, written=written, sha256=digest)


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
