"""Conflicts between writers: the error, and the retries that follow one."""

from __future__ import annotations

from typing import Final

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

_MOST_ATTEMPTS: Final = 15  # about five seconds in all
CONFLICTS: Final = (404, 409, 412)  # status: somebody else has written or deleted one of the rows


class LedgerConflictError(Exception):
    """Other writers won every attempt at a write; trying again later helps."""


def conflict_retries() -> AsyncRetrying:
    """Return attempts, with growing random waits between them, that stop after one without a LedgerConflictError.

    A LedgerConflictError of the last attempt is raised as it is.
    """
    return AsyncRetrying(
        retry=retry_if_exception_type(LedgerConflictError),
        wait=wait_random_exponential(multiplier=0.02, max=1),  # seconds
        stop=stop_after_attempt(_MOST_ATTEMPTS),
        reraise=True,
    )
