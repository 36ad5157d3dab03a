"""Connection strings of a stack."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True, repr=False)
class Endpoints:
    """Connection strings of a stack's storage and Service Bus; no repr, because they hold keys."""

    storage: str
    service_bus: str

    @classmethod
    def from_settings(cls, file: Path) -> Self:
        """Read the `local.settings.json` of any host that runs the app. Raises KeyError if a setting is missing."""
        values = json.loads(file.read_text())["Values"]
        return cls(storage=values["Documents"], service_bus=values["ServiceBus"])

    @classmethod
    def from_devhost(cls, state: Path) -> Self:
        """Read the state folder of a running devhost: its own services, even if the app's settings name others."""
        endpoints = json.loads((state / "endpoints.json").read_text())
        return cls(storage=endpoints["storage"], service_bus=endpoints["serviceBus"])
