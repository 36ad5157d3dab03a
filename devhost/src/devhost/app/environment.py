"""The environment that the app runs in: its settings file with the host's endpoints, under the real environment."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from devhost.app.settings import Settings, read_settings
from devhost.state import StateFolder, write_private

_log = logging.getLogger("devhost")

SETTINGS_FILE = "local.settings.json"


def prepare_environment(app: Path | None, file: Path | None, endpoints: dict[str, Any], state: StateFolder) -> Settings:
    """Put the settings into this process's environment and into the state folder, for clients and tools.

    Raises StartError when the settings file is missing or wrong.
    """
    placeholders = {
        "DEVHOST_STORAGE": endpoints["storage"],
        "DEVHOST_SERVICE_BUS": endpoints["serviceBus"],
        "DEVHOST_EVENT_GRID_ENDPOINT": endpoints["eventGrid"]["endpoint"],
        "DEVHOST_EVENT_GRID_KEY": endpoints["eventGrid"]["key"],
    }
    values = {"FUNCTIONS_WORKER_RUNTIME": "python", "AzureWebJobsStorage": placeholders["DEVHOST_STORAGE"]}
    if file is None and app and (app / SETTINGS_FILE).exists():
        file = app / SETTINGS_FILE
    if file:
        values |= read_settings(file, placeholders)
    settings = Settings(values, os.environ)
    for name in settings.overridden:
        _log.info("Setting %s is taken from the environment, not from %s", name, file)
    write_private(
        state.path / SETTINGS_FILE, json.dumps({"IsEncrypted": False, "Values": settings.own}, indent=2) + "\n"
    )
    os.environ.update(settings.own)
    os.environ.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")  # as Core Tools does
    return settings
