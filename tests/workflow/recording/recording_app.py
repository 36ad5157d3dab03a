"""The app's `function_app.py` as it is recorded: of each orchestration, what the host sent last and what was answered.

The setting RECORDINGS names the folder of the recordings.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from azure.durable_functions.orchestrator import Orchestrator

import orchestrators

_create = Orchestrator.create


def _create_recorded(fn: Any) -> Callable[[Any], str]:
    handle = _create(fn)

    @functools.wraps(handle)  # the SDK reads the handler's attributes
    def handle_and_record(context: Any) -> str:
        answer = handle(context)
        turn = {"context": json.loads(getattr(context, "body", context)), "result": json.loads(answer)}
        file = Path(os.environ["RECORDINGS"], f"{turn['context']['instanceId']}.json")
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(turn, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        unfinished.replace(file)
        return answer

    return handle_and_record


def _recorded_app() -> Any:
    script = Path(str(orchestrators.__file__)).parents[1] / "function_app.py"
    spec = importlib.util.spec_from_file_location("recorded_function_app", script)
    if spec is None or spec.loader is None:
        raise ImportError(f"{script} cannot be loaded")
    composition = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(composition)
    return composition.app


Orchestrator.create = staticmethod(_create_recorded)
app = _recorded_app()
