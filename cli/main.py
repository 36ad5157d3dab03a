"""The `compliance` command line: its general options, and its commands, each imported when it is named."""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any, Final, NamedTuple

import click

from cli.commands import Group
from cli.failures import ExitCode, report_failure
from cli.options import Options
from cli.terminal import fitted, say


class Entry(NamedTuple):
    """Where a command is, and its line in the overview: the first sentence of its help."""

    place: str  # module:name of a function, or of a group of commands
    line: str
    changes: bool = False  # True if an interrupted one may have sent or written something, unless it is _READING


_READING: Final = ("list", "show", "history")  # the commands of a group that only read


COMMANDS: Final = {
    "submit": Entry("cli.documents.submit:submit", "Submit documents for review.", changes=True),
    "decide": Entry("cli.decisions.decide:decide", "Decide on documents under review.", changes=True),
    "approve": Entry(
        "cli.decisions.decide:approve",
        "Approve documents under review; short for `decide` with approve.",
        changes=True,
    ),
    "reject": Entry(
        "cli.decisions.decide:reject",
        "Reject documents under review; short for `decide` with reject.",
        changes=True,
    ),
    "withdraw": Entry("cli.decisions.withdraw:withdraw", "Take back a document that is under review.", changes=True),
    "retract": Entry("cli.decisions.retract:retract", "Take back a document that was published.", changes=True),
    "delegate": Entry(
        "cli.decisions.delegate:delegate", "Let another person decide in somebody's place for a time.", changes=True
    ),
    "list": Entry("cli.reviews.list_reviews:list_reviews", "List reviews, by default the unfinished ones."),
    "show": Entry("cli.reviews.show:show", "Show everything about one review."),
    "report": Entry("cli.reports.command:report", "Count the reviews that ended, by default in the last 30 days."),
    "fetch": Entry("cli.documents.fetch:fetch", "Fetch the exact document version under review."),
    "open": Entry(
        "cli.documents.open_document:open_document", "Fetch the exact document version under review and open it."
    ),
    "watch": Entry("cli.reviews.watch:watch", "Print completion and refusal events as they come."),
    "announce": Entry(
        "cli.operators.announce:announce", "Announce the outcome of a finished review again.", changes=True
    ),
    "revoke": Entry(
        "cli.operators.revoke:revoke",
        "End a person's right to take part in reviews, for example because they leave.",
        changes=True,
    ),
    "people": Entry("cli.people.commands:people", "Say which account has which name.", changes=True),
    "reassign": Entry(
        "cli.operators.revoke:reassign", "Give a reviewer's open place in a review to another person.", changes=True
    ),
    "repair": Entry(
        "cli.operators.repair:repair", "Close a review whose ledger and storage contradict each other.", changes=True
    ),
    "doctor": Entry("cli.doctor.command:doctor", "Report what is stuck, why, and what to do about it."),
    "verify": Entry("cli.evidence.verify:verify", "Prove that a review's records are as they were written."),
    "evidence": Entry("cli.evidence.command:evidence", "Write all evidence of a review to one ZIP file."),
    "quarantine": Entry(
        "cli.quarantine.commands:quarantine", "Look at refused messages, send them again or discard them.", changes=True
    ),
    "keys": Entry("cli.decisions.keys:keys", "Make a signing key; maintain the key sets of policies."),
    "policy": Entry("cli.reviews.policy:policy", "Check policy files before they are deployed."),
    "ledger": Entry("cli.ledger.commands:ledger", "Export the whole ledger to a file, or import one.", changes=True),
    "login": Entry("cli.access.login:login", "Show who is signed in, and what they may do."),
    "settings": Entry("cli.access.settings:settings", "Hand out the settings of the command."),
    "completion": Entry(
        "cli.completion:completion", "Print the script with which a shell completes commands and options."
    ),
}


class _Imported(MutableMapping[str, click.Command]):
    """The commands by their names; looking one up imports it."""

    def __init__(self) -> None:
        self._found: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._found:
            module, _, attribute = COMMANDS[name].place.partition(":")
            self._found[name] = getattr(import_module(module), attribute)
        return self._found[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._found[name] = command

    def __delitem__(self, name: str) -> None:
        del self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Compliance(Group):
    """The commands of `compliance`, whose overview imports none of them."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.commands = _Imported()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the overview."""
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.line) for name, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; report its failure in one line on standard error, and its traceback only with --verbose."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort) as error:
            if isinstance(error, click.Abort):  # at a question, whose line is not ended
                click.echo(err=True)
            entry = COMMANDS.get(ctx.invoked_subcommand or "")
            changes = entry and entry.changes and ctx.ensure_object(Options).running not in _READING
            stays = "; whatever was sent or uploaded before stays in effect" if changes else ""
            say(f"Interrupted{stays}.")
            code = ExitCode.INTERRUPTED
        except click.exceptions.NoArgsIsHelpError:  # its text is the help
            raise
        except click.UsageError as error:  # which Click reports
            label = "Error: "
            text = fitted(label + error.format_message(), sys.stderr).removeprefix(label)
            raise click.UsageError(text, error.ctx) from error
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            code = report_failure(ctx, error)
        return ctx.exit(code)


@click.command(cls=_Compliance, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="document-compliance", message="%(prog)s %(version)s")
@click.pass_context
def app(context: click.Context) -> None:
    """Submit documents for review, decide on them, and follow them.

    The settings are in the file that --settings or COMPLIANCE_SETTINGS names, else in the app's environment variables,
    else in ./local.settings.json. `compliance settings -h` says where such a file comes from.

    \b
    Exit codes of all commands:
      0  done; approved, recorded, sound
      1  failed; standard error says why
      2  the command line or a setting is wrong
      3  refused, not approved, or evidence not sound
      4  no answer or no outcome in time
      5  no such review, file or message
    130  interrupted
    """
    context.ensure_object(Options)


def run() -> None:
    """Run the `compliance` command."""
    try:
        app(prog_name="compliance")
    except KeyboardInterrupt:  # before a command began
        raise SystemExit(ExitCode.INTERRUPTED) from None
