"""Speed up replays by what the SDK needlessly repeats in each of them.

The SDK parses every timestamp of the history in every turn with dateutil, which takes most of a replay's time. The
hub writes plain ISO 8601, which the standard library parses some thirty times faster, with the same result. The next
largest costs are a named tuple class and the timer limits, which the SDK makes anew in every turn, and strict typing,
for which it reads the environment at each value that it reads or writes. Their results never change.
"""

from __future__ import annotations

import functools
import inspect
import logging
import sys
from collections import namedtuple
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from typing import Any

import azure.durable_functions  # noqa: F401 - loads the modules that are found by name below

_LOG = logging.getLogger(__name__)
_EVENTS = "azure.durable_functions.models.history.HistoryEvent"
_EXECUTOR = "azure.durable_functions.models.TaskOrchestrationExecutor"
_CONTEXT = "azure.durable_functions.models.DurableOrchestrationContext"
_CODEC = "azure.functions._durable_functions"
# Each result is cached where the SDK looks it up; older releases have no strict typing.
_SAME_EVERY_TIME = ((_EXECUTOR, "namedtuple"), (_CONTEXT, "parse_timespan_attrib"), (_CODEC, "_is_strict_mode"))
_SAMPLE = "2026-11-20T23:58:05.547353Z"


def speed_up_replay() -> bool:
    """Replace these parts if the SDK is as known from 1.x, and return whether they are replaced."""
    release = version("azure-functions-durable")
    events: Any = sys.modules.get(_EVENTS)
    executor: Any = sys.modules.get(_EXECUTOR)
    parse = getattr(events, "dt_parse", None)
    named = getattr(executor, "namedtuple", None)
    known = (
        release.startswith("1.")
        and parse is not None
        and parse(_SAMPLE) == datetime.fromisoformat(_SAMPLE)
        and named is not None
        and inspect.unwrap(named) is namedtuple
    )
    if known:
        events.dt_parse = datetime.fromisoformat
        for module, name in _SAME_EVERY_TIME:
            _remember(sys.modules[module], name)
    else:
        _LOG.info("azure-functions-durable %s is unknown here: it replays unchanged, only slower", release)
    return known


def _remember(module: Any, name: str) -> None:
    function: Callable[..., Any] | None = getattr(module, name, None)
    if function and not hasattr(function, "cache_info"):
        setattr(module, name, functools.cache(function))
