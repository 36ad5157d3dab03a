"""Days and times that people write, as messages have them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from cli.failures import CommandError, ExitCode

LAST_OF_THE_DAY: Final = "T23:59:59.999999+00:00"
FIRST_OF_THE_DAY: Final = "T00:00:00+00:00"


def moment_of(text: str, of_the_day: str) -> str:
    """Return a time for the message; a day becomes its first or last moment. Raises CommandError."""
    try:
        return date.fromisoformat(text).isoformat() + of_the_day
    except ValueError:
        pass  # then it is a time
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        example = "such as 2026-08-03 or 2026-08-03T18:00+02:00"
        raise CommandError(f"{text!r} is not a date; write ISO 8601, {example}", ExitCode.USAGE) from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()
