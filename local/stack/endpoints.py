"""Where a stack can be reached."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True, repr=False)
class Endpoints:
    """Connection strings of a stack's storage and Service Bus; no repr, for they hold keys."""

    storage: str
    service_bus: str

    @classmethod
    def from_settings(cls, file: Path) -> Self:
        """From the app settings (`local.settings.json`) of any host that runs the app. Raises KeyError."""
        values = json.loads(file.read_text())["Values"]
        return cls(storage=values["Documents"], service_bus=values["ServiceBus"])

    @classmethod
    def from_devhost(cls, state: Path) -> Self:
        """From the state folder of a running devhost: its own services, whatever the app is told."""
        endpoints = json.loads((state / "endpoints.json").read_text())
        return cls(storage=endpoints["storage"], service_bus=endpoints["serviceBus"])
