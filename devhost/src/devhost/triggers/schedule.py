"""NCRONTAB schedules: `second minute hour day month weekday`, the seconds may be left out.

As the Functions host reads them (https://github.com/atifaziz/NCrontab), not as cron does: where day and weekday are
both restricted, both must hold, and there are no `@daily`, `L`, `#` or `?`.
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
    """When a timer function is to run, in UTC."""

    def __init__(self, text: str, where: str) -> None:
        """Raises StartError, beginning with `where`, for what is not NCRONTAB."""
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
        """The first occurrence after `moment`; both in Unix seconds."""
        after = datetime.fromtimestamp(moment, UTC)
        return croniter(self._expression, after, second_at_beginning=True, day_or=False).get_next(float)
