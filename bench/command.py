"""What the command `compliance` costs before it contacts anything, in processor time."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from bench.figures import Figure

_COMMAND = Path(sys.executable).with_name("compliance")
_RUNS = 7
_ACCOUNT = "AccountName=a;AccountKey=YQ==;BlobEndpoint=http://{0}/a;TableEndpoint=http://{0}/a"
_ASKED = {
    "compliance --help": ["--help"],
    "compliance show --help": ["show", "--help"],
    "compliance, an error of usage": ["lits"],
    "compliance list, of no reviews": ["list"],
}


class _NoRows(BaseHTTPRequestHandler):
    """Storage whose tables are empty."""

    def do_GET(self) -> None:
        """Answer that there are no rows."""
        body = b'{"value": []}'
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@contextmanager
def _empty_storage() -> Iterator[str]:
    """Yield its host and port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _NoRows) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield "{}:{}".format(*server.server_address)
        finally:
            server.shutdown()
            thread.join()


def command() -> list[Figure]:
    """Run each command several times."""
    how = f"user and system, median of {_RUNS}"
    bare = _seconds([sys.executable, "-c", "pass"])
    figures = [Figure("python -c pass", bare, "s", how)]
    for what, words in _ASKED.items():
        seconds = _seconds([str(_COMMAND), *words])
        figures.append(Figure(what, seconds, "s", f"{how}; {seconds / bare:.1f} times a bare Python"))
    return figures


def _seconds(words: list[str]) -> float:
    with tempfile.TemporaryDirectory() as folder, _empty_storage() as address:
        settings = Path(folder) / "settings.json"
        settings.write_text(json.dumps({"Values": {"Documents": _ACCOUNT.format(address)}}))
        environment = {**os.environ, "COMPLIANCE_SETTINGS": str(settings)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a command that is installed is compiled
        return statistics.median(_run(words, environment) for _ in range(_RUNS))


def _run(words: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, env=environment, capture_output=True, check=False)  # noqa: S603 our own
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
