"""How these programs report: each measured figure is one JSON object on a line of standard output."""

from __future__ import annotations

import json


def report(what: str, value: float, unit: str, how: str) -> None:
    """Print one figure and how it came about."""
    print(json.dumps({"what": what, "value": value, "unit": unit, "how": how}, ensure_ascii=False), flush=True)
