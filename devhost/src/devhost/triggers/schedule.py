"""NCRONTAB schedules: `second minute hour day month weekday`; the seconds may be left out.

They are read as by the Functions host (https://github.com/atifaziz/NCrontab), not as by cron: if day and weekday are
both restricted, both must match, and `@daily`, `L`, `#` and `?` are refused.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from croniter import CroniterError, croniter

from devhost.errors import StartError

_VALUE = r"(?:\d+|[A-Za-z]{3})"
_ITEM = rf"(?:\*|{_VALUE}(?:-{_VALUE})?)(?:/\d+)?"
_FIELDS = re.compile(rf"(?:{_ITEM}(?:,{_ITEM})* ?){{5,6}}")
_WITHOUT_SECONDS = 5


class Schedule:
    """The occurrences of a timer function, in UTC."""

    def __init__(self, text: str, where: str) -> None:
        """Parse a schedule. Raises StartError, beginning with `where`, if it is not NCRONTAB."""
        words = text.split()
        self._expression = " ".join(["0", *words] if len(words) == _WITHOUT_SECONDS else words)
        try:
            if not _FIELDS.fullmatch(" ".join(words)):
                raise ValueError("each of five or six fields is *, a value, a range, a step or a list of them")
            self.following(0.0)
        except (CroniterError, ValueError) as error:
            raise StartError(
                f"{where}: schedule {text!r} is not NCRONTAB (second minute hour day month weekday): {error}."
            ) from error

    def following(self, moment: float) -> float:
        """Return the first occurrence after `moment`, both in Unix seconds."""
        after = datetime.fromtimestamp(moment, UTC)
        return croniter(self._expression, after, second_at_beginning=True, day_or=False).get_next(float)
