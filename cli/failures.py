"""How commands fail: with one line that says what to do, and an exit code that programs can rely on."""

from __future__ import annotations

import traceback
from enum import IntEnum

import click

from cli.options import Options
from cli.terminal import say


class ExitCode(IntEnum):
    """Exit codes, listed in `compliance --help`."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    TIMEOUT = 4
    NOT_FOUND = 5
    INTERRUPTED = 130  # as shells report SIGINT


class CommandError(Exception):
    """A command cannot continue; the text says why and what to do."""

    def __init__(self, text: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(text)
        self.code = code


def report_failure(context: click.Context, error: Exception, about: str = "") -> ExitCode:
    """Print a failure to standard error, after `about` and, with --verbose, its traceback; return its exit code.

    Raises the error itself if it is not an expected one.
    """
    text, code = explain_failure(error)
    if context.ensure_object(Options).verbose:
        say("".join(traceback.format_exception(error)), keep_lines=True)
    say(f"Error: {about}{text}", keep_lines=True)
    return code


def explain_failure(error: Exception) -> tuple[str, ExitCode]:
    """Return the text for people and the exit code. Raises the error itself if it is not an expected one."""
    if isinstance(error, CommandError):
        return str(error), error.code
    from cli.expected_failures import explain

    return explain(error)
