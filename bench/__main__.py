"""`python -m bench [NAME ...]`: run the benchmarks, print a table, keep the figures in bench/results/latest.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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

_RESULTS: Final = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One of them; `seconds` is about how long it takes on two cores."""

    run: Callable[[], list[Figure]]
    seconds: int

    @property
    def what(self) -> str:
        """What it measures, as its module says."""
        return (sys.modules[self.run.__module__].__doc__ or "").partition("\n")[0]


BENCHMARKS: Final = {
    "latency": Benchmark(latency, 10),
    "throughput": Benchmark(throughput, 210),
    "idle": Benchmark(idle, 150),
    "memory": Benchmark(memory, 45),
    "durable": Benchmark(durable, 140),
    "broker": Benchmark(broker, 15),
    "start_up": Benchmark(start_up, 10),
}


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, or all. Ends with 2 when a name is not known."""
    parser = _parser()
    names: list[str] = parser.parse_args(arguments).names
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    console = Console()
    figures: list[Figure] = []
    for name in names or BENCHMARKS:
        with console.status(f"Measuring {name} ..."):
            figures += BENCHMARKS[name].run()
    table = Table("what", "figure", "unit", "how", title="Benchmarks")
    for figure in figures:
        table.add_row(figure.what, f"{figure.value:,.4g}", figure.unit, figure.how)
    console.print(table)
    _RESULTS.parent.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    content = {"machine": machine, "figures": [figure.as_json() for figure in figures]}
    _RESULTS.write_text(json.dumps(content, indent=2) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    lines = [f"  {name:<12}{each.seconds:>4} s  {each.what}" for name, each in BENCHMARKS.items()]
    minutes = round(sum(each.seconds for each in BENCHMARKS.values()) / 60)
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        usage="python -m bench [NAME ...]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f"Measure the named benchmarks, or all: about {minutes} minutes in all on two quiet cores.\n\n"
        + "\n".join(lines),
        epilog="The figures are printed as a table and kept in bench/results/latest.json.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of these; none: all")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
