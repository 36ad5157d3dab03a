"""What it costs to import the app, with the front door and without, in a new process."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from typing import Final

from bench.figures import Figure
from local.stack.devhost_process import PROJECT

_RUNS: Final = 3
_PROGRAM: Final = """
import json, sys, time
began = time.process_time()
before = len(sys.modules)
import adapters.policies
adapters.policies.check_configuration = lambda: None
import function_app
app = time.process_time() - began, len(sys.modules) - before
if len(sys.argv) > 1:
    import web.asgi
    web.asgi.front_door()
print(json.dumps([*app, time.process_time() - began, len(sys.modules) - before, sorted(sys.modules)]))
"""


def imports() -> list[Figure]:
    """Import the app several times, then also the front door, as its first request does."""
    found = [_import() for _ in range(_RUNS)]
    app, modules, all_of_it, all_modules = (statistics.median(each[part] for each in found) for part in range(4))
    how = f"user and system, median of {_RUNS} new processes"
    return [
        Figure("import of function_app", app * 1000, "ms CPU", how),
        Figure("import of function_app", modules, "modules", "none of them starlette, jinja2 or web"),
        Figure("import of the front door at its first request", (all_of_it - app) * 1000, "ms CPU", how),
        Figure("import of the front door at its first request", all_modules - modules, "modules", "beyond the app's"),
    ]


def _import() -> list[float]:
    command = [sys.executable, "-c", _PROGRAM, "web"]
    environment = {**os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is deployed is compiled
    done = subprocess.run(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 our own
    return json.loads(done.stdout)[:4]
