"""The ports that services listen on: that of the last run, the usual one, or any free one.

Another program can take a port at any time, so a service of ours binds and keeps its socket at once; Azurite, a process
of its own, is started again on others.
"""

from __future__ import annotations

import errno
import itertools
import logging
import random
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports to choose from: of each service that of the last run, because clients use it, then the usual one."""

    remembered: Mapping[str, int]
    automatic: bool  # the usual ones are not wanted

    def listen(self, service: str) -> socket.socket:
        """Return a socket that listens on the first port of a service that is free."""
        for port in self._candidates(service):
            try:
                return listening_socket(port)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
        raise OSError(errno.EADDRINUSE, f"no port from {_ANY_PORTS.start} to {_ANY_PORTS.stop - 1} is free")

    def free(self, services: Iterable[str]) -> dict[str, int]:
        """Return a port for each of these services that nobody listens on now."""
        chosen: dict[str, int] = {}
        for service in services:
            chosen[service] = next(
                port for port in self._candidates(service) if port not in chosen.values() and _is_free(port)
            )
        return chosen

    def warn_of_others(self, taken: Mapping[str, int]) -> None:
        """Log each service that does not listen where clients expect it."""
        for service, port in taken.items():
            wanted = self._wanted(service)
            if wanted and port != wanted:
                _log.warning("Port %s is in use: %s listens on %s instead", wanted, service, port)

    def _wanted(self, service: str) -> int | None:
        return self.remembered.get(service) or (None if self.automatic else USUAL_PORTS[service])

    def _candidates(self, service: str) -> Iterator[int]:
        preferred = [self.remembered[service]] if service in self.remembered else []
        usual = [] if self.automatic else [USUAL_PORTS[service]]
        return itertools.chain(preferred, usual, random.sample(_ANY_PORTS, len(_ANY_PORTS)))


def listening_socket(port: int) -> socket.socket:
    """Return a listening socket. The system queues its connections until they are accepted. Raises OSError."""
    bound = socket.socket()
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((LOOPBACK, port))
        bound.listen(1024)
    except OSError:
        bound.close()
        raise
    return bound


def _is_free(port: int) -> bool:
    try:
        listening_socket(port).close()
    except OSError:
        return False
    return True
