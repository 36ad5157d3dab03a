"""The two clocks of the broker."""

from __future__ import annotations

import time
from typing import NamedTuple, Protocol

from devhost.clock import Clock


class Times(Protocol):
    def host(self) -> float:
        """Return Unix seconds by the host's clock, which can be ahead."""
        ...

    def real(self) -> float:
        """Return Unix seconds by the machine's clock."""
        ...


class BrokerTimes(NamedTuple):
    clock: Clock

    def host(self) -> float:
        return self.clock.time()

    def real(self) -> float:
        return time.time()
