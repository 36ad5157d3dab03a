"""The console, which stays devhost's whatever logging an app sets up at its import."""

from __future__ import annotations

import logging
import sys


def keep_console() -> None:
    """Let devhost's handler write what the app logs, in place of handlers for the console that the app has set up."""
    root, own = logging.getLogger(), logging.getLogger("devhost").handlers
    if own:
        root.handlers = own + [each for each in root.handlers if each not in own and not _writes_to_console(each)]


def _writes_to_console(handler: logging.Handler) -> bool:
    return isinstance(handler, logging.StreamHandler) and handler.stream in (sys.stdout, sys.stderr)
