"""Options and arguments that several commands share."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click


@dataclass(slots=True)
class Options:
    """The options that every command has."""

    settings_file: Path | None = None
    verbose: bool = False
    running: str | None = None  # the name of the command, without those of its groups
    reached: set[str] = field(default_factory=set[str])  # addresses at which something answers


class _Duration(click.ParamType[float]):
    """A time such as 90s, 5m or 2h, in seconds; a number alone means seconds."""

    name = "duration"
    _FORM: Final = re.compile(r"(\d+(?:\.\d+)?)([smh]?)")
    _SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        if not (given := self._FORM.fullmatch(str(value))):
            self.fail(f"{value!r} is not a time such as 30s, 5m or 2h.", param, ctx)
        return float(given[1]) * self._SECONDS[given[2]]


FILE: Final = click.Path(path_type=Path)
DURATION: Final = _Duration()
ME: Final = "COMPLIANCE_AS"  # the environment variable with the name of the person at the terminal


def person_named(name: str | None) -> str | None:
    """Return the name, for `me` that in COMPLIANCE_AS. Raises click.UsageError if that is not set."""
    if name != "me":
        return name
    if not (own := os.environ.get(ME)):
        raise click.UsageError(f"`me` is who {ME} names, and it is not set; write the name")
    return own


def check_named(name: str | None, key_file: Path | None) -> None:
    """Raise click.UsageError if neither --as nor a key says who is at the terminal."""
    if name is None and key_file is None:
        raise click.UsageError("say who you are: --as NAME, or --sign KEYFILE")


fields_option = click.option(
    "--json",
    "fields",
    is_flag=False,
    flag_value="",
    metavar="[FIELDS]",
    help="Print JSON for programs: all keys, or those named, separated by commas; `--json help` lists them.",
)
csv_option = click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values for a spreadsheet.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
review_argument = click.argument("review", metavar="REVIEW", help="The review's id; its first 6 digits are enough.")
NAMED_REVIEW: Final = "A review's id, of which the first 6 digits are enough, or a document's name or path."
named_review_argument = click.argument("review", metavar="REVIEW|DOCUMENT", help=NAMED_REVIEW)
timeout_option = click.option(
    "--timeout", metavar="TIME", type=DURATION, default="1m", help="How long to wait for the app's answer: 30s, 5m, 2h."
)
name_option = click.option(
    "--as",
    "name",
    metavar="NAME",
    envvar=ME,
    show_envvar=True,
    help="Your name; not needed with --sign, whose key has it.",
)
reviews_argument = click.argument(
    "reviews",
    metavar="REVIEW...",
    nargs=-1,
    required=True,
    help="The reviews' ids; the first 6 digits of each are enough.",
)
vote_comment_option = click.option(
    "--comment", metavar="TEXT", help="Why, in at most 4,000 characters; needed to request changes."
)
key_file_option = click.option(
    "--sign",
    "key_file",
    metavar="KEYFILE",
    type=FILE,
    help="Prove it with your private key, made by `compliance keys new`.",
)
operator_option = click.option(
    "--as",
    "operator",
    metavar="NAME",
    required=True,
    envvar=ME,
    show_envvar=True,
    help="Your name; it is recorded.",
)
comment_option = click.option("--comment", metavar="TEXT", required=True, help="Why; it is recorded.")
