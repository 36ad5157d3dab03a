"""Load an unmodified `function_app.py` as the Python worker does.

Source of the rules: the worker's loader and function registry (azure-functions-python-worker, `loader.py`).
"""

from __future__ import annotations

import importlib
import inspect
import json
import logging
import sys
import traceback
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from azure.functions import FunctionRegister

from devhost.app.checks import ENTITY, check_function, check_names, raise_all
from devhost.app.functions import CONTEXT, Binding, Function, is_own, where
from devhost.app.retry_policy import read_retry_policy
from devhost.app.settings import Settings
from devhost.errors import StartError

_log = logging.getLogger("devhost")

_SCRIPT = "function_app"


def load_functions(directory: Path, settings: Settings) -> list[Function]:
    """Load and check the functions of the app in `directory` that can run here.

    Entity functions are left out with a warning. Raises StartError naming file, function and parameter.
    """
    app = _function_register(directory)
    functions, problems = list[Function](), list[StartError]()
    try:
        indexed = app.get_functions()  # once per app object: a second call would report every name as a duplicate
    except Exception as error:
        raise StartError(f"{directory / _SCRIPT}.py: {error}") from error
    for item in indexed:
        try:
            functions.append(_function(directory, settings, item))
        except StartError as problem:
            problems.append(problem)
    raise_all(problems)
    check_names(functions)
    return [function for function in functions if function.trigger.type != ENTITY]


def _function_register(directory: Path) -> FunctionRegister:
    script = directory / f"{_SCRIPT}.py"
    if not script.is_file():
        old_model = next(directory.glob("*/function.json"), None)
        if old_model:
            raise StartError(
                f"{script} is missing, but there is {old_model.relative_to(directory)}: this app uses the v1 model,"
                " which devhost does not have. It runs apps of the v2 model, with decorators in function_app.py."
            )
        raise StartError(f"{script} is missing: --app names the folder that holds function_app.py and host.json.")
    sys.path.insert(0, str(directory))
    try:
        module = importlib.import_module(_SCRIPT)
    except (Exception, SystemExit) as error:  # SystemExit would end the event loop that imports
        raise StartError(_failed_import(error, script)) from error
    if Path(module.__file__ or "").resolve() != script.resolve():
        raise StartError(f"{_SCRIPT} was loaded from {module.__file__}, not from {script}.")
    apps = [name for name in dir(module) if isinstance(getattr(module, name), FunctionRegister)]
    if len(apps) != 1:
        found = ", ".join(apps) or "none"
        raise StartError(f"{script}: exactly one FunctionApp or DFApp must be defined at module level; found {found}.")
    return getattr(module, apps[0])


def _failed_import(error: BaseException, script: Path) -> str:
    """Return what failed and where; only the text of an error of the app's own, which is written for people."""
    module = type(error).__module__
    source = getattr(sys.modules.get(module), "__file__", None)  # function_app itself has no module: it failed
    if str(error) and (module == _SCRIPT or (source and is_own(source, script.parent))):
        return str(error)
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if is_own(frame.filename, script.parent)]
    place = f"{own[-1].filename}:{own[-1].lineno}" if own else str(script)
    return f"{place}: {type(error).__name__}: {error}"


def _function(directory: Path, settings: Settings, indexed: Any) -> Function:
    name, handler = indexed.get_function_name(), indexed.get_user_function()
    place = where(handler, name, directory)
    bindings = [_binding(json.loads(text), settings, place) for text in indexed.get_raw_bindings()]
    triggers = [binding for binding in bindings if binding.is_trigger]
    if len(triggers) != 1:
        raise StartError(f"{place}: exactly one trigger is needed; found {len(triggers)}.")
    parameters = inspect.signature(handler).parameters
    function = Function(
        name=name,
        handler=handler,
        trigger=triggers[0],
        inputs=tuple(b for b in bindings if not b.is_trigger and b.direction == "IN"),
        outputs=tuple(b for b in bindings if not b.is_trigger and b.direction != "IN"),
        annotations=_type_hints(handler, place),
        wants_context=CONTEXT in parameters and all(b.name != CONTEXT for b in bindings),
        directory=directory,
        retry=read_retry_policy(indexed.get_settings_dict("retry_policy"), place),
    )
    check_function(function, set(parameters), place, disabled=settings.is_disabled(name))
    if function.trigger.type == ENTITY:
        _log.warning("%s: devhost serves no entities; an orchestration that calls one fails", place)
    if function.retry and function.trigger.type != "timerTrigger":
        _log.warning("%s: a retry policy has no effect with %s, as on Azure", place, function.trigger.type)
    return function


def _binding(raw: dict[str, Any], settings: Settings, place: str) -> Binding:
    label = f"{place}, binding {raw['name']}"
    options = {
        key: settings.resolve(value, f"{label}, {key}") if isinstance(value, str) else value
        for key, value in raw.items()
    }
    return Binding(raw["name"], raw["type"], raw["direction"], options)


def _type_hints(handler: Callable[..., Any], place: str) -> dict[str, Any]:
    try:
        return typing.get_type_hints(handler)
    except NameError as error:
        raise StartError(f"{place}: a type annotation cannot be resolved: {error}.") from error
