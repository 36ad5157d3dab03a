"""Azurite's tables, kept in memory: it cannot save a quarter of a million rows, which it writes as one string."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from local.stack.devhost_process import PROJECT
from local.stack.eventually import eventually

_PROGRAM = PROJECT / "devhost" / "node_modules" / ".bin" / "azurite-table"
_ACCOUNT = "bench"
_KEY = "YmVuY2g="  # of an account that holds invented reviews and ends with the benchmark


@contextmanager
def tables_in_memory() -> Iterator[str]:
    """Start Azurite's tables on a free port and give their connection string."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    command = [str(_PROGRAM), "--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--disableTelemetry"]
    process = subprocess.Popen(  # noqa: S603  (our own arguments, no shell)
        [*command, "--tablePort", str(port), "--tableKeepAliveTimeout", "600"],
        env={**os.environ, "AZURITE_ACCOUNTS": f"{_ACCOUNT}:{_KEY}"},
        stdout=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: _answers(port), "Azurite's tables listen")
        yield (
            f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={_KEY};"
            f"TableEndpoint=http://127.0.0.1:{port}/{_ACCOUNT};"
        )
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
