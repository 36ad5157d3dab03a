"""Start a stack on a fresh folder, tell the story, show how it ended; exit code 0 only if all ended as it must."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from local.demo.closing import closing_rows
from local.demo.screen import Screen
from local.demo.story import Story
from local.stack.devhost_process import HostFailedError
from local.stack.eventually import NeverHappenedError
from local.stack.running import own_stack

_WIDTH_OF_A_LOG = 140


def main() -> int:
    """The exit code."""
    began = time.monotonic()
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_OF_A_LOG)
    state = Path(tempfile.mkdtemp(prefix="compliance-demo-"))
    console.print("Starting storage, Service Bus, Event Grid and the app on this machine ...")
    try:
        with own_stack(state) as stack:
            screen = Screen(console)
            rows = closing_rows(stack, Story(stack, screen).tell())
            screen.closing(rows, time.monotonic() - began)
        failed = any(row.contradictions for row in rows)
    except (HostFailedError, NeverHappenedError) as stuck:
        console.print(f"[red]{stuck}[/]", highlight=False)
        failed = True
    if failed:
        console.print(f"What happened is in {state}/host.log")
    else:
        shutil.rmtree(state)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
