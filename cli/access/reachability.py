"""Whether anything answers at an address, found out before an SDK tries again and again."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from cli.failures import CommandError

_SECONDS: Final = 1.4  # for each of the host's addresses, usually one of IPv6 and one of IPv4
_PORTS: Final = {"http": 80, "https": 443, "amqps": 5671, "amqp": 5672}


class UnreachableError(CommandError):
    """Nothing answers at an address of the settings."""


def check_reachable(address: str, what: str) -> None:
    """Raise UnreachableError if nothing accepts a connection at the address, a URL, within three seconds."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    if not is_here(host) and _has_proxy(parts.scheme, host):
        return  # its proxy connects
    try:
        socket.create_connection((host, port), _SECONDS).close()
    except OSError as error:
        advice = (
            "is the stack stopped? `make run` starts it"
            if is_here(host)
            else "check the name in the settings, and the network"
        )
        raise UnreachableError(f"nothing answers at {host}:{port} ({what}): {advice}") from error


def _has_proxy(scheme: str, host: str) -> bool:
    from urllib.request import getproxies, proxy_bypass

    return scheme in getproxies() and not proxy_bypass(host)


def is_here(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
