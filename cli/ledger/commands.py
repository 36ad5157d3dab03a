"""`compliance ledger export` and `import`: back the ledger up, and restore it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.commands import Group
from cli.options import FILE, json_option, operator_option, timeout_option
from cli.session import in_session, reach_service_bus, reach_storage
from cli.terminal import print_json, print_line

if TYPE_CHECKING:
    from cli.ledger.copying import CopyJson


@click.group(cls=Group)
def ledger() -> None:
    """Export the whole ledger to a file, or import one.

    \b
    Example:
      compliance ledger export ledger.jsonl
    """


@ledger.command("export")
@click.argument("file", type=FILE, metavar="FILE", help="A new file to write, or - for standard output.")
@json_option
@click.pass_context
def export(
    context: click.Context,
    *,
    file: Path,
    as_json: bool,
) -> None:
    """Export the whole ledger.

    Reviews with their audit trails, delegations, revocations, the log of the quarantine and waiting events go into one
    file, which ends with its own SHA-256. The lists of reviews are left out: `compliance ledger reindex` makes them
    anew. The app may run meanwhile: each review is exported as it was at one moment. Keep the printed digest elsewhere,
    so that you can recognise the file.

    \b
    Examples:
      compliance ledger export ledger.jsonl
      compliance ledger export - | gzip > ledger.jsonl.gz
    """
    from cli.whole_file import check_output, print_about

    check_output(file, as_json=as_json)
    reach_storage(context)
    from cli.ledger.copying import export_to

    done = in_session(context, lambda session: export_to(session, file))
    if as_json:
        print_json(done)
    else:
        print_about(file, _in_words(done, "exported"))


@ledger.command("import")
@click.argument("file", type=FILE, metavar="FILE", help="Made by `compliance ledger export`.")
@click.option("--skip", multiple=True, metavar="REVIEW", help="Leave this review out; all 64 digits. May be repeated.")
@json_option
@click.pass_context
def import_(
    context: click.Context,
    *,
    file: Path,
    skip: tuple[str, ...],
    as_json: bool,
) -> None:
    """Import an exported ledger.

    It fills an empty ledger, or adds what a ledger lacks. First the file's digest and every review in it are verified,
    as by `compliance verify`, and compared with the ledger. If a review is not sound, or anything in the ledger is
    newer or older than in the file or differs from it, the command names it and writes nothing. Rows that are in the
    ledger already stay, so an interrupted import can be repeated. Stop the app before the import. After it start the
    app, whose sweep goes on with unfinished reviews, and run `compliance ledger reindex`, which lists the reviews. You
    need the role Storage Table Data Contributor on the table.

    Exit code: 0 imported, 3 refused, 2 the file is no export, 1 failed.

    \b
    Example:
      compliance ledger import ledger.jsonl
    """
    reach_storage(context)
    from cli.ledger.copying import import_from

    done = in_session(context, lambda session: import_from(session, file, skip))
    if as_json:
        print_json(done)
    else:
        print_line(_in_words(done, "imported"))


@ledger.command("reindex")
@operator_option
@timeout_option
@json_option
@click.pass_context
def reindex(context: click.Context, *, operator: str, timeout: float, as_json: bool) -> None:
    """Have the app list all reviews anew.

    The lists of reviews (what is due, what waits for whom, what is finished, a person's own, the sums of days) follow
    from the reviews. After an import they must be made again; at any other time this does no harm. It is done in 256
    parts, each of which must be answered in time. Only operators may do it: people who may send to the queue
    operator-commands.

    Exit code: 0 listed, 4 no answer in time, 1 the app failed.

    \b
    Example:
      compliance ledger reindex --as olga@example.org
    """
    reach_service_bus(context)
    from cli.ledger.reindexing import reindex_all

    done = in_session(context, lambda session: reindex_all(session, operator, timeout, quiet=as_json))
    if as_json:
        print_json(done)
    else:
        print_line("All reviews are listed anew.")


def _in_words(done: CopyJson, what: str) -> str:
    return f"{done.written:,} of {done.rows:,} rows {what}, SHA-256 {done.sha256}"
