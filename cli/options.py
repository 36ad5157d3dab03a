"""Options and arguments that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click


@dataclass(slots=True)
class Options:
    """The options that every command has."""

    settings_file: Path | None = None
    verbose: bool = False


FILE: Final = click.Path(path_type=Path)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
review_argument = click.argument("review", metavar="REVIEW", help="The review's id; its first 6 digits are enough.")
timeout_option = click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=60,
    help="How long to wait for the app's answer.",
)
name_option = click.option("--as", "name", metavar="NAME", help="Your name; not needed with --sign, whose key has it.")
key_file_option = click.option(
    "--sign",
    "key_file",
    metavar="KEYFILE",
    type=FILE,
    help="Prove it with your private key, made by `compliance keys new`.",
)
operator_option = click.option("--as", "operator", metavar="NAME", required=True, help="Your name; it is recorded.")
reason_option = click.option("--reason", metavar="TEXT", required=True, help="Why; it is recorded.")
