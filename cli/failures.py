"""How commands fail: with one line that says what to do, and an exit code that programs can rely on."""

from __future__ import annotations

import traceback
from enum import IntEnum
from typing import Any

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.servicebus.exceptions import (
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
    ServiceBusAuthorizationError,
    ServiceBusError,
)
from typer.core import TyperGroup

from adapters.ledger.conflicts import LedgerConflictError
from adapters.policies import PolicyError
from adapters.settings import SettingsError
from cli.terminal import say
from contracts.proofs.key_set import KeySetError


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


class Commands(TyperGroup):
    """Commands that report a failure in one line on standard error, and print its traceback only with --verbose."""

    def invoke(self, ctx: Any) -> Any:  # Any: Typer's context class has moved between its versions
        """Run a command; report its failure."""
        try:
            return super().invoke(ctx)
        except (CommandError, SettingsError, PolicyError, KeySetError, LedgerConflictError, AzureError) as error:
            code = report_failure(ctx, error)
        except KeyboardInterrupt:
            say("Interrupted; whatever was sent or uploaded before stays in effect.")
            code = ExitCode.INTERRUPTED
        return ctx.exit(code)


def report_failure(ctx: Any, error: Exception, about: str = "") -> ExitCode:
    """Print a failure to standard error, after `about` and with --verbose its traceback; return its exit code."""
    if ctx.obj and ctx.obj.verbose:
        say("".join(traceback.format_exception(error)), keep_lines=True)
    text, code = explain_failure(error)
    say(f"Error: {about}{text}", keep_lines=True)
    return code


def explain_failure(error: Exception) -> tuple[str, ExitCode]:
    """Return the text for people and the exit code."""
    match error:
        case CommandError():
            return str(error), error.code
        case SettingsError() | PolicyError() | KeySetError():
            return str(error), ExitCode.USAGE
        case LedgerConflictError():
            return f"{error}; try again", ExitCode.FAILED
    return f"{_advice(error)} ({_first_line(error)})", ExitCode.FAILED


def _advice(error: Exception) -> str:
    sign_in = "check its setting, or sign in with `az login` to an account that has a data role there"
    match error:
        case ServiceBusAuthenticationError() | ServiceBusAuthorizationError():
            return f"Service Bus refuses access: {sign_in}"
        case MessagingEntityNotFoundError():
            return "Service Bus has no such queue or topic: check that the setting names the app's namespace"
        case ServiceBusError():
            return "Service Bus cannot be used: check that it is running and that its setting is right"
        case ClientAuthenticationError():
            return f"Azure refuses access: {sign_in}"
        case HttpResponseError(status_code=401 | 403):
            return f"Storage refuses access: {sign_in}"
        case ResourceNotFoundError():
            return "Storage lacks a container or table of the app: check that the setting names the app's account"
        case ServiceRequestError():
            return "Storage cannot be reached: check that it is running and that its setting is right"
    return "Azure failed; try again, with --verbose for the details"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
