"""What the app declares: its functions with their bindings, as Azure Functions would index them."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

import azure.durable_functions as df

import activities
import orchestrators
import triggers


@cache
def functions() -> dict[str, dict[str, Any]]:
    """Return the settings of each function's trigger, by function name."""
    app = df.DFApp()
    for package in (triggers, orchestrators, activities):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            blueprint = getattr(importlib.import_module(module.name), "bp", None)
            if blueprint:
                app.register_functions(blueprint)
    found = {}
    for function in app.get_functions():
        trigger = function.get_trigger()
        assert trigger, f"{function.get_function_name()} has no trigger"
        found[str(function.get_function_name())] = trigger.get_dict_repr()
    return found


def connections(*, without: str | None = None) -> set[str]:
    """Return the connections that triggers name."""
    return {
        trigger["connection"] for name, trigger in functions().items() if "connection" in trigger and name != without
    }
