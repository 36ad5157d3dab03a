"""A stack whose storage requests a test can delay, drop or answer otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from local.stack.devhost_process import DevhostProcess
from local.stack.running import Stack
from tests.e2e.faults.fault_proxy import FaultProxy


@dataclass(frozen=True, slots=True)
class FaultyStack:
    """A stack whose app reaches its documents and its ledger through a proxy; everybody else goes straight there."""

    stack: Stack
    host: DevhostProcess
    proxy: FaultProxy
