"""Log lines: for people with time, level, function and instance in colour; for programs one JSON object each.

On a terminal, long hexadecimal ids are cut, so that a line fits; files, pipes and JSON have them whole.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from datetime import UTC, datetime

from devhost.dispatch.context import running_function, running_instance

_COLOURS = {"WARNING": "\033[33m", "ERROR": "\033[31m", "CRITICAL": "\033[1;31m", "DEBUG": "\033[2m"}
_FUNCTION_COLOUR = "\033[36m"
_INSTANCE_COLOUR = "\033[35m"
_RESET = "\033[0m"
_CHATTY = ("azure", "aiohttp.access", "urllib3", "uamqp")
# The attributes of every record. All others come from the caller's `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


_LONG_ID = re.compile(r"(?<![0-9a-f])([0-9a-f]{12})[0-9a-f]{20,}")  # such as a digest; a UUID has no 32 digits in a row
# What libraries log to the root logger that concerns nobody who runs an app.
_NOT_THE_READERS = ("Auth level is not applied to non http function app.",)  # azure-functions, of apps without HTTP


class LineFormatter(logging.Formatter):
    def __init__(self, coloured: bool, shortened: bool = False) -> None:
        super().__init__("%(asctime)s.%(msecs)03d %(tag)s%(message)s", "%H:%M:%S")
        self._coloured = coloured
        self._shortened = shortened

    def format(self, record: logging.LogRecord) -> str:
        level = "" if record.levelno == logging.INFO else f"{record.levelname} "
        source = self._in(_FUNCTION_COLOUR, running_function.get() or record.name)
        instance = running_instance.get()
        about = f" {self._in(_INSTANCE_COLOUR, instance)}" if instance else ""
        record.tag = f"{self._in(_COLOURS.get(record.levelname, ''), level)}[{source}{about}] "
        line = super().format(record)
        return _LONG_ID.sub(r"\1…", line) if self._shortened else line

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_RESET}" if self._coloured and text and colour else text


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "function": running_function.get() or None,
            "instanceId": running_instance.get() or None,
            "message": record.getMessage(),
            "exception": self.formatException(record.exc_info) if record.exc_info else None,
            "extra": {name: value for name, value in vars(record).items() if name not in _STANDARD} or None,
        }
        return json.dumps({name: value for name, value in line.items() if value is not None}, default=str)


class _HostLogger(logging.Logger):
    """A logger of devhost's own, which an app's logging set-up cannot switch off."""

    @property
    def disabled(self) -> bool:
        return False

    @disabled.setter
    def disabled(self, _: bool) -> None:  # pyright: ignore[reportIncompatibleVariableOverride] - that is the point
        """Ignore what `dictConfig` and `fileConfig` do to existing loggers."""

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802  (the library's name)
        return level >= self.getEffectiveLevel()


def concerns_the_reader(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(_NOT_THE_READERS)


def configure_logging(*, verbose: bool, as_json: bool) -> None:
    """Log to standard error; of the Azure SDKs only warnings and errors."""
    handler = logging.StreamHandler(sys.stderr)
    on_terminal = sys.stderr.isatty()
    coloured = on_terminal and "NO_COLOR" not in os.environ
    handler.setFormatter(_JsonFormatter() if as_json else LineFormatter(coloured, shortened=on_terminal))
    if not verbose:
        handler.addFilter(concerns_the_reader)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    own = logging.getLogger("devhost")
    own.setLevel(logging.DEBUG if verbose else logging.INFO)
    own.handlers = [handler]
    own.propagate = False
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and name.partition(".")[0] == own.name:
            logger.__class__ = _HostLogger
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
