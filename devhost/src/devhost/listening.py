"""The ports that services listen on: that of the last run, the usual one, or any free one."""

from __future__ import annotations

import itertools
import logging
import random
import socket
from collections.abc import Mapping

_log = logging.getLogger("devhost")

LOOPBACK = "127.0.0.1"
USUAL_PORTS: Mapping[str, int] = {
    "blob": 10000,  # the storage emulator's own defaults
    "queue": 10001,
    "table": 10002,
    "service_bus": 5672,  # AMQP without TLS
    "http": 7071,  # Azure Functions Core Tools
}

# Below the ports of outgoing connections, because one of those could take ours while the host is stopped.
_ANY_PORTS = range(20000, 30000)


def is_free(port: int) -> bool:
    """Return whether a server could listen on `port` of the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose_ports(remembered: Mapping[str, int], automatic: bool) -> dict[str, int]:
    """Return a port for each service: that of the last run if still free (clients use it), the usual one, or any."""
    chosen: dict[str, int] = {}
    others = iter(random.sample(_ANY_PORTS, len(_ANY_PORTS)))
    for service, usual in USUAL_PORTS.items():
        preferred = [remembered[service]] if service in remembered else []
        candidates = itertools.chain(preferred, () if automatic else (usual,), others)
        chosen[service] = next(port for port in candidates if port not in chosen.values() and is_free(port))
        wanted = remembered.get(service) or (None if automatic else usual)
        if wanted and chosen[service] != wanted:
            _log.warning("Port %s is in use: %s listens on %s instead", wanted, service, chosen[service])
    return chosen


def listening_socket(port: int) -> socket.socket:
    """Return a listening socket. The system queues its connections until they are accepted."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((LOOPBACK, port))
    bound.listen(1024)
    return bound
