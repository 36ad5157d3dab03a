"""`python -m bench [NAME ...]`: run the benchmarks, print a table, keep the figures in bench/results/latest.json."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.broker import broker
from bench.durable import durable
from bench.figures import Figure
from bench.idle import idle
from bench.latency import latency
from bench.memory import memory
from bench.start_up import start_up
from bench.throughput import throughput

_RESULTS = Path(__file__).parent / "results" / "latest.json"
_BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "latency": latency,
    "throughput": throughput,
    "idle": idle,
    "memory": memory,
    "durable": durable,
    "broker": broker,
    "start_up": start_up,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all. 2 when a name is not known."""
    console = Console()
    if unknown := [name for name in names if name not in _BENCHMARKS]:
        console.print(f"There is no benchmark {unknown[0]}; there are {', '.join(_BENCHMARKS)}.", markup=False)
        return 2
    figures: list[Figure] = []
    for name in names or _BENCHMARKS:
        with console.status(f"Measuring {name} ..."):
            figures += _BENCHMARKS[name]()
    table = Table("what", "figure", "unit", "how", title="Benchmarks")
    for figure in figures:
        table.add_row(figure.what, f"{figure.value:,.4g}", figure.unit, figure.how)
    console.print(table)
    _RESULTS.parent.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    content = {"machine": machine, "figures": [figure.as_json() for figure in figures]}
    _RESULTS.write_text(json.dumps(content, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
