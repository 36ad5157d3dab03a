"""The inspectors of an app: as many as are busy at once, each replaced when it ends."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

from adapters.content.processes.process import PROGRAM, Document, InspectorProcess, NotBegunError
from compliance.content import Finding

MOST: Final = 4  # processes; further documents wait


class Inspectors:
    """Processes that inspect documents. The kernel ends each with the thread that has started it."""

    def __init__(self, program: str = PROGRAM) -> None:
        self._program = program
        self._threads = ThreadPoolExecutor(MOST, "inspector")
        self._idle: list[InspectorProcess] = []

    async def inspect(self, document: Document) -> tuple[Finding, ...]:
        """Return what is found in a document. Raises what its `fetch` raises; RuntimeError if no process starts."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._inspect, document)

    def _inspect(self, document: Document) -> tuple[Finding, ...]:
        while True:
            try:
                process = self._idle.pop()
            except IndexError:
                process = InspectorProcess(self._program)
            try:
                return process.inspect(document)
            except NotBegunError:
                continue  # it had been idle for long, or something else ended it
            finally:
                # Another one starts at once, so that the next document need not wait for it.
                self._idle.append(process if process.end.alive else InspectorProcess(self._program))


@cache
def shared_inspectors() -> Inspectors:
    """Return the inspectors of this process, whichever app they work for."""
    return Inspectors()
