"""`python -m bench.content FOLDER`: what the content gate says of the files in a folder, and what that costs.

The files are inspected as the app inspects them, in a process of its own, with the content type that `compliance
submit` would declare. The default policy decides what is refused. Equal files of one type count once. With
`--details FILE` each file is a line of JSON, so that two versions can be compared, or one kind of finding looked at.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil
from rich.console import Console
from rich.table import Table

from adapters.content.processes.process import Document, InspectorProcess
from cli.documents.submitted_files import submitted_files
from compliance.content import ContentFinding, ContentPolicy, Finding

_MIB: Final = 1024**2
_RULES: Final = ContentPolicy()
_REFUSED: Final = "refused"


@dataclass(slots=True)
class Inspected:
    """What was said of one file, and what it cost."""

    findings: tuple[Finding, ...]
    milliseconds: float  # of processor time
    beyond_start: float  # MiB: the most memory held, beyond what an inspector holds that has inspected nothing

    @property
    def kinds(self) -> list[str]:
        """What is counted of the file."""
        refused = [_REFUSED] if _RULES.refusal(self.findings) else []
        return [*refused, *(finding.kind.value for finding in self.findings)]


class Measured:
    """An inspector whose time and memory are measured for each document."""

    def __init__(self) -> None:
        self._renew()

    def inspect(self, path: Path, declared: str) -> Inspected:
        """Inspect a file."""
        with path.open("rb") as file:

            def fetch(offset: int, length: int) -> bytes:
                file.seek(offset)
                return file.read(length)

            Path(f"/proc/{self._pid}/clear_refs").write_text("5")  # the peak begins anew
            before = self._processor_time()
            document = Document(path.stat().st_size, path.name, declared, (), fetch)
            began = time.monotonic()
            findings = self._inspector.inspect(document)
            by_the_clock = time.monotonic() - began
        if self._inspector.end.alive:
            spent, peak = self._processor_time() - before, self._peak() - self._at_start
        else:  # it is gone, and its figures with it
            spent, peak = by_the_clock, float("nan")
            self._renew()
        return Inspected(findings, spent * 1000, peak / _MIB)

    def _renew(self) -> None:
        self._inspector = InspectorProcess()
        self._inspector.inspect(Document(0, "empty.txt", None, (), lambda *_: b""))
        self._pid = self._inspector.pid
        self._at_start = psutil.Process(self._pid).memory_info().rss

    def _processor_time(self) -> float:
        return time.clock_gettime(~self._pid << 3 | 2)  # clock_getcpuclockid(3)

    def _peak(self) -> int:
        status = Path(f"/proc/{self._pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@dataclass(slots=True)
class Type:
    """The figures of all files with one extension."""

    counts: Counter[str] = field(default_factory=Counter[str])
    milliseconds: list[float] = field(default_factory=list[float])
    most_memory: float = 0.0

    def add(self, inspected: Inspected) -> None:
        """Add a file."""
        self.counts.update(inspected.kinds)
        self.milliseconds.append(inspected.milliseconds)
        self.most_memory = max(self.most_memory, inspected.beyond_start)  # in this order nan counts for nothing


def main(arguments: list[str]) -> int:
    """Inspect the files in a folder and print a table by type. Exits with 2 if there is none."""
    parser = argparse.ArgumentParser(prog="python -m bench.content", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder with files, at any depth")
    parser.add_argument("--details", type=Path, help="a file for lines of JSON")
    options = parser.parse_args(arguments)
    console, types, inspector = Console(), dict[str, Type](), Measured()
    with console.status("Inspecting ..."), (options.details or Path(os.devnull)).open("w", encoding="utf-8") as details:
        for path in _distinct(options.folder):
            name = path.relative_to(options.folder).as_posix()
            inspected = inspector.inspect(path, submitted_files([path], None)[0].content_type)
            types.setdefault(path.suffix.lower() or "none", Type()).add(inspected)
            details.write(_line(name, inspected))
    if not types:
        parser.error(f"there are no files in {options.folder}")
    console.print(_table(types))
    return 0


def _distinct(folder: Path) -> Iterator[Path]:
    seen: set[tuple[bytes, str]] = set()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        with path.open("rb") as file:
            key = (hashlib.file_digest(file, "sha256").digest(), path.suffix.lower())
        if key not in seen:
            seen.add(key)
            yield path


def _line(name: str, inspected: Inspected) -> str:
    findings: list[Any] = [[finding.kind, finding.detail] for finding in inspected.findings]
    line = {"name": name, "findings": findings, "ms": inspected.milliseconds, "MiB": inspected.beyond_start}
    return json.dumps(line) + "\n"


def _table(types: dict[str, Type]) -> Table:
    table = Table(
        "type", title="The content gate", caption="time: processor time; memory: the most beyond an idle inspector"
    )
    for heading in ("files", _REFUSED, "not inspected", "p50 ms", "worst ms", "MiB"):
        table.add_column(heading, justify="right")
    table.add_column("findings")
    for name, each in sorted(types.items(), key=lambda item: -len(item[1].milliseconds)):
        files, counts = len(each.milliseconds), each.counts
        others = [kind for kind in ContentFinding if counts[kind] and kind is not ContentFinding.NOT_INSPECTED]
        table.add_row(
            name,
            f"{files:,}",
            _rate(counts[_REFUSED], files),
            _rate(counts[ContentFinding.NOT_INSPECTED], files),
            f"{statistics.median(each.milliseconds):.1f}",
            f"{max(each.milliseconds):.0f}",
            f"{each.most_memory:.0f}",
            "\n".join(f"{kind.value} {counts[kind]}" for kind in others),
        )
    return table


def _rate(count: int, files: int) -> str:
    return f"{count} ({count / files:.1%})" if count else "0"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
