"""The failures of settings, policies, ledger and Azure that a person can do something about, in words."""

from __future__ import annotations

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

from adapters.ledger.conflicts import LedgerConflictError
from adapters.policies import PolicyError
from adapters.settings import SettingsError
from cli.failures import ExitCode
from contracts.proofs.key_set import KeySetError


def explain(error: Exception) -> tuple[str, ExitCode]:
    """Return the text for people and the exit code. Raises the error itself if it is not one of these."""
    match error:
        case SettingsError() | PolicyError() | KeySetError():
            return str(error), ExitCode.USAGE
        case LedgerConflictError():
            return f"{error}; try again", ExitCode.FAILED
        case AzureError():
            return f"{_advice(error)} ({_first_line(error)})", ExitCode.FAILED
    raise error


def _advice(error: Exception) -> str:
    sign_in = (
        "if its setting holds a key, it is that of another stack or account; if not, sign in with `az login` to an "
        "account that has a data role there"
    )
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
