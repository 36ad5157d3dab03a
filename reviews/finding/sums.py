"""The sums of days, for reports and pictures."""

from __future__ import annotations

from datetime import date

from compliance.turnaround import DaySum
from reviews.finding.reads import Reads


async def day_sums(app: Reads, since: date, until: date) -> list[DaySum]:
    """Read the sums of the days from one to another, both included and in UTC: a row for each day and class.

    What has ended in the last minutes may be missing: the sweep adds it up.
    """
    return await app.ledger.day_sums.between(since, until)
