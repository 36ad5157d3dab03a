"""`compliance quarantine`: look at the messages that the app refused, and take them off."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import click

from cli.commands import Group
from cli.options import comment_option, csv_option, fields_option, json_option, operator_option, timeout_option
from cli.session import in_session, reach_service_bus, reach_storage
from cli.terminal import moment, print_json, print_lines, print_table, say

_AS_LISTED: Final = "As `quarantine list` names it; the first 6 digits are enough"
id_argument = click.argument("message_id", metavar="ID", help=f"{_AS_LISTED}.")
ids_argument = click.argument(
    "message_ids", metavar="ID...", nargs=-1, required=True, help=f"{_AS_LISTED}. Several are done in turn."
)


@click.group(cls=Group)
def quarantine() -> None:
    """Look at refused messages, send them again or discard them.

    \b
    Examples:
      compliance quarantine list
      compliance quarantine replay 3f9a01 --as olga@example.org
    """


@quarantine.command("list")
@fields_option
@csv_option
@click.pass_context
def list_quarantined(
    context: click.Context,
    *,
    fields: str | None,
    as_csv: bool,
) -> None:
    """List refused messages, oldest first.

    Review and sender are those that the message names, if it is well-formed. Nothing proves that the sender is right.

    \b
    Example:
      compliance quarantine list
    """
    chosen = None
    if fields is not None:
        from cli.json_output import Fields
        from cli.quarantine.refused_messages import RefusedMessageJson

        chosen = Fields.named(RefusedMessageJson, fields)
    reach_service_bus(context)
    from cli.local_time import LocalTime
    from cli.quarantine.refused_messages import read_refused_messages
    from cli.quarantine.words import message_csv, message_lines

    found, time = [message.in_list() for message in in_session(context, read_refused_messages)], LocalTime.here()
    if chosen:
        print_json(list(map(chosen.of, found)))
    elif as_csv:
        click.echo(message_csv(found), nl=False)
    elif found:
        print_lines(lambda width: message_lines(found, time, width))
    else:
        say("The quarantine is empty.")


@quarantine.command("show")
@id_argument
@json_option
@click.pass_context
def show_quarantined(
    context: click.Context,
    *,
    message_id: str,
    as_json: bool,
) -> None:
    """Show a refused message and why it was refused.

    Everything invisible in it is escaped.

    \b
    Example:
      compliance quarantine show 3f9a01
    """
    reach_service_bus(context)
    from cli.quarantine.refused_messages import find_message, read_refused_messages
    from cli.quarantine.words import print_message

    message = find_message(message_id, in_session(context, read_refused_messages)).in_full()
    if as_json:
        print_json(message)
    else:
        print_message(message)


@quarantine.command("replay")
@ids_argument
@operator_option
@click.option("--comment", metavar="TEXT", help="Why; it is recorded.")
@click.option("--edit", "edit", is_flag=True, help="Correct it first, with $VISUAL or $EDITOR.")
@timeout_option
@json_option
@click.pass_context
def replay(
    context: click.Context,
    *,
    message_ids: tuple[str, ...],
    operator: str,
    comment: str | None,
    edit: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Send a refused message again through its queue.

    Unchanged, it keeps the time at which it was first sent, so a decision that was in time still is. Edited, it is a
    new message of now, and a proof in it no longer covers what was changed: whoever signed must sign again.

    Exit code: for a decision that of `compliance decide`; 4 no answer in time (the error says whether the message was
    sent); for several messages the first code that is not 0.

    \b
    Example:
      compliance quarantine replay 3f9a01 --edit --as olga@example.org
    """
    reach_service_bus(context)
    from cli.quarantine.resend import resend

    resend(context, message_ids, operator, comment, timeout, edit=edit, as_json=as_json)


@quarantine.command("discard")
@click.argument("message_ids", metavar="[ID...]", nargs=-1, help=f"{_AS_LISTED}. Several are done in turn.")
@click.option("--all", "everything", is_flag=True, help="Discard every message, or those that --reason selects.")
@click.option(
    "--reason",
    "refused_because",
    metavar="WORD",
    help="With --all: only messages refused for this reason, such as late.",
)
@click.option("-y", "--yes", is_flag=True, help="With --all: do not ask.")
@operator_option
@comment_option
@timeout_option
@json_option
@click.pass_context
def discard(
    context: click.Context,
    *,
    message_ids: tuple[str, ...],
    everything: bool,
    refused_because: str | None,
    yes: bool,
    operator: str,
    comment: str,
    timeout: float,
    as_json: bool,
) -> None:
    """Discard refused messages.

    Their content is then gone; who discarded them, and why, is recorded. With --all you are asked first; in a script,
    where nobody can be asked, --yes must be given.

    Exit code: for several messages the first one that is not 0.

    \b
    Examples:
      compliance quarantine discard 3f9a01 77b2c0 \\
        --as olga@example.org --comment 'Sent twice.'
      compliance quarantine discard --all --reason late \\
        --as olga@example.org --comment 'Known to their senders.'
    """
    if everything == bool(message_ids):
        raise click.UsageError("name the messages, or give --all")
    if refused_because and not everything:
        raise click.UsageError("--reason needs --all")
    reach_service_bus(context)
    from cli.quarantine import resend

    ids = message_ids or resend.choose_all(context, refused_because, yes=yes)
    resend.discard(context, ids, operator, comment, timeout, as_json=as_json)


@quarantine.command("history")
@json_option
@click.pass_context
def history(
    context: click.Context,
    *,
    as_json: bool,
) -> None:
    """List who sent again or discarded messages about no known review.

    Steps on messages about a review whose history already has 100 notes are listed, too. All other steps are in the
    timeline of their review: `compliance show REVIEW`.

    \b
    Example:
      compliance quarantine history
    """
    reach_storage(context)
    from cli.quarantine.words import StepJson

    found = in_session(context, lambda session: session.quarantine_log.steps())
    if as_json:
        print_json([StepJson(**asdict(step)) for step in found])
    elif found:
        rows = ((moment(step.at), step.event, step.who, step.queue, step.detail) for step in found)
        print_table(("At", "What", "Who", "Queue", "Detail"), rows)
    else:
        say("No message was taken off that is not in the history of its review.")
