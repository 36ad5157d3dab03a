"""The benchmarks of devhost without the app: programs that print their figures, one JSON object a line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from bench.figures import Figure

_PROGRAMS: Final = Path(__file__).parents[1] / "devhost" / "bench"


def durable() -> list[Figure]:
    """Measure what the durable hub costs by itself: approvals that wait, are decided, and are completed."""
    return _figures("durable.py")


def broker() -> list[Figure]:
    """Measure what a message costs the Service Bus broker and the blocking SDK that is its client."""
    return _figures("broker.py")


def _figures(program: str) -> list[Figure]:
    command = [sys.executable, str(_PROGRAMS / program)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own program
    return [Figure(**json.loads(line)) for line in ended.stdout.splitlines()]
