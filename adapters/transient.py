"""The errors that may pass: an operation that failed with one of them is tried again later."""

from __future__ import annotations

from typing import Final

from azure.core.exceptions import AzureError

from adapters.ledger.conflicts import LedgerConflictError
from adapters.orchestration import OrchestrationUnavailableError

TRANSIENT: Final = (AzureError, LedgerConflictError, OrchestrationUnavailableError)
