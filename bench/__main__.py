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

from rich import get_console
from rich.table import Table

from bench.command import command
from bench.devhost_alone import broker, durable
from bench.figures import Figure
from bench.idle import idle
from bench.indexes import indexes
from bench.latency import latency
from bench.memory import memory
from bench.start_up import start_up
from bench.throughput import throughput
from bench.transactions import transactions
from bench.web.measuring import web

_RESULTS: Final = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark, about how long it takes on two cores, and what it measures."""

    run: Callable[[], list[Figure]]
    seconds: int
    what: str


BENCHMARKS: Final = {
    "latency": Benchmark(latency, 10, "from a decision sent to the document published"),
    "throughput": Benchmark(throughput, 210, "documents a second, all the way, and what each costs"),
    "idle": Benchmark(idle, 150, "a host that only waits"),
    "memory": Benchmark(memory, 45, "what a large document costs the app in memory"),
    "start_up": Benchmark(start_up, 10, "devhost with the app until it is ready, and a clean stop"),
    "command": Benchmark(command, 20, "what the command costs before it contacts anything"),
    "durable": Benchmark(durable, 140, "devhost's task hub alone: waiting, decided and completed approvals"),
    "broker": Benchmark(broker, 15, "devhost's Service Bus broker alone: what a message costs it and the SDK"),
    "indexes": Benchmark(indexes, 150, "pages of lists among many reviews, and a sweep over many open ones"),
    "web": Benchmark(web, 170, "the front door's pages with 20 people among 50,000 open reviews, and the messages"),
    "transactions": Benchmark(transactions, 20, "a transaction of the ledger and a read, directly and through the SDK"),
}


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, or all. Exits with 2 if a name is unknown."""
    parser = _parser()
    names: list[str] = parser.parse_args(arguments).names
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    console = get_console()  # on which a long benchmark shows how far it is
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
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of these; all if none is named")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
