"""The demo on a stack of its own, and how it ended."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from local.demo.closing import closing_rows
from local.demo.screen import Screen, save_picture
from local.demo.story import Story
from local.stack.devhost_process import HostFailedError
from local.stack.eventually import NeverHappenedError
from local.stack.front_door import new_signing_key
from local.stack.running import own_stack

_LOG_WIDTH = 140


def perform(picture: Path | None) -> int:
    """Play the story and show how it ended; save the closing table to `picture` if all is well. Returns the exit code.

    If it fails, the state folder stays, for its log.
    """
    start = time.monotonic()
    console = Console(width=None if sys.stdout.isatty() else _LOG_WIDTH)
    state = Path(tempfile.mkdtemp(prefix="compliance-demo-"))
    try:
        console.print("Starting storage, Service Bus, Event Grid and the app on this machine ...")
        with own_stack(state, new_signing_key(state / "front-door.json")) as stack:
            screen = Screen(console)
            rows = closing_rows(stack, Story(stack, screen).play())
            seconds = time.monotonic() - start
            screen.closing(rows, seconds)
        failed = any(row.contradictions for row in rows)
        if picture and not failed:
            save_picture(picture, rows, seconds)
    except (HostFailedError, NeverHappenedError) as error:
        console.print(f"[red]{error}[/]", highlight=False)
        failed = True
    except KeyboardInterrupt:
        shutil.rmtree(state)
        raise
    if failed:
        console.print(f"What happened is in {state}/host.log")
    else:
        shutil.rmtree(state)
    return int(failed)
