"""Which port a service listens on: the one it had, the usual one, or any free one."""

from __future__ import annotations

import socket
from collections.abc import Mapping

LOOPBACK = "127.0.0.1"
USUAL_PORTS: Mapping[str, int] = {
    "blob": 10000,  # the storage emulator's own defaults
    "queue": 10001,
    "table": 10002,
    "service_bus": 5672,  # AMQP without TLS
    "http": 7071,  # Azure Functions Core Tools
}


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose_port(service: str, remembered: Mapping[str, int], automatic: bool) -> int:
    """The port of the last run when still free (clients hold it), else the usual one, else 0 for any free one."""
    candidates = [remembered.get(service)] if service in remembered else []
    if not automatic:
        candidates.append(USUAL_PORTS[service])
    return next((port for port in candidates if port and is_free(port)), 0)


def listening_socket(port: int) -> socket.socket:
    """A listening socket: the system queues its connections until somebody accepts them."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((LOOPBACK, port))
    bound.listen(1024)
    return bound
