"""Log lines that people can read: time, level, the function it is about, the message."""

from __future__ import annotations

import logging
import os
import sys

from devhost.dispatch.context import running_function

_COLOURS = {"WARNING": "\033[33m", "ERROR": "\033[31m", "CRITICAL": "\033[1;31m", "DEBUG": "\033[2m"}
_FUNCTION_COLOUR = "\033[36m"
_RESET = "\033[0m"
_CHATTY = ("azure", "aiohttp.access", "urllib3", "uamqp")


class _Formatter(logging.Formatter):
    def __init__(self, coloured: bool) -> None:
        super().__init__("%(asctime)s.%(msecs)03d %(tag)s%(message)s", "%H:%M:%S")
        self._coloured = coloured

    def format(self, record: logging.LogRecord) -> str:
        function = running_function.get()
        level = "" if record.levelno == logging.INFO else f"{record.levelname} "
        source = function or record.name
        if self._coloured:
            level = f"{_COLOURS.get(record.levelname, '')}{level}{_RESET}" if level else ""
            source = f"{_FUNCTION_COLOUR}{source}{_RESET}"
        record.tag = f"{level}[{source}] "
        return super().format(record)


def configure_logging(verbose: bool) -> None:
    """Send every logger's lines to standard error; the Azure SDKs' own only from warnings up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(coloured=sys.stderr.isatty() and "NO_COLOR" not in os.environ))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("devhost").setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
