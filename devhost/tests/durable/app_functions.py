"""A user's app as the hub sees it: the SDK's own handlers and converters, without the host's dispatch."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
import time
import warnings
from collections.abc import Callable, Collection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure.functions as func
from azure.functions.meta import Datum

_ACTIVITY_CONVERTER: Any = func.get_binding_registry().get("activityTrigger")


class AppFunctions:
    """The durable functions of the DFApp in `script`; if `hurried`, its activities do not sleep."""

    def __init__(self, script: Path, *, hurried: bool = False) -> None:
        spec = importlib.util.spec_from_file_location(script.stem, script)
        assert spec and spec.loader
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # its classes are found by this name
        spec.loader.exec_module(module)
        if hurried:  # in this module only: other threads of this process need time.sleep
            vars(module)["time"] = SimpleNamespace(**{**vars(time), "sleep": lambda _: None})
        self._orchestrators: dict[str, Callable[[Any], str]] = {}
        self._activities: dict[str, tuple[Callable[..., Any], str]] = {}
        for function in module.app.get_functions():
            trigger = json.loads(function.get_raw_bindings()[0])
            name, user_function = function.get_function_name(), function.get_user_function()
            if trigger["type"] == "orchestrationTrigger":
                self._orchestrators[name.lower()] = user_function
            else:
                self._activities[name.lower()] = (user_function, trigger["name"])

    def orchestrators(self) -> Collection[str]:
        return self._orchestrators

    def activities(self) -> Collection[str]:
        return self._activities

    def run_orchestrator(self, name: str, instance_id: str, context: str) -> str:
        with warnings.catch_warnings():  # the SDK warns about itself and about early events
            warnings.simplefilter("ignore")
            return self._orchestrators[name.lower()](func.OrchestrationContext(context))

    async def run_activity(self, name: str, instance_id: str, text: str | None) -> str | None:
        handler, parameter = self._activities[name.lower()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = text and _ACTIVITY_CONVERTER.decode(Datum(text, "string"), trigger_metadata={})
        result = await asyncio.to_thread(handler, **{parameter: value})
        return _ACTIVITY_CONVERTER.encode(result, expected_type=None).value
