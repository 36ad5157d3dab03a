"""The front door's own clock: for what it shows, and for sign-ins that end. No rule of a review depends on it."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the time."""
    return datetime.fromtimestamp(time.time(), UTC)
