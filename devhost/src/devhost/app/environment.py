"""The environment that the app runs in: its settings file with the host's endpoints, under the real environment."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from devhost.app.settings import Settings, SettingsFile, read_settings
from devhost.errors import StartError
from devhost.state import StateFolder, write_private

_log = logging.getLogger("devhost")

SETTINGS_FILE = "local.settings.json"


def placeholders_of(endpoints: dict[str, Any]) -> dict[str, str]:
    """Return the values of a settings file's placeholders on the host with these endpoints."""
    return {
        "DEVHOST_STORAGE": endpoints["storage"],
        "DEVHOST_SERVICE_BUS": endpoints["serviceBus"],
        "DEVHOST_EVENT_GRID_ENDPOINT": endpoints["eventGrid"]["endpoint"],
        "DEVHOST_EVENT_GRID_SUBSCRIPTIONS": endpoints["eventGrid"]["subscriptions"],
        "DEVHOST_EVENT_GRID_KEY": endpoints["eventGrid"]["key"],
    }


def settings_for_core_tools(endpoints: dict[str, Any], file: Path | None) -> dict[str, Any]:
    """Return a local.settings.json with which `func start` runs an app on the services of a running devhost.

    Its HTTP port is next to ours, because Core Tools would take ours by default. Raises StartError as read_settings.
    """
    read = read_settings(file, placeholders_of(endpoints)) if file else SettingsFile({}, {})
    values = {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "AzureWebJobsStorage": endpoints["storage"],
        "AzureWebJobsServiceBus": endpoints["serviceBus"],  # the name that triggers without `connection` use
        **read.values,
    }
    others = dict(read.others)
    own_port = urlsplit(endpoints["http"]).port or 0
    host = {"LocalHttpPort": own_port + 1, **_section(others.pop("Host", {}))}
    return {"IsEncrypted": False, "Values": values, "Host": host, **others}


def settings_file(app: Path | None, given: Path | None) -> Path | None:
    """Return the settings file of an app: the given one, else its own, None if it has none."""
    return given or (app / SETTINGS_FILE if app and (app / SETTINGS_FILE).exists() else None)


def prepare_environment(
    app: Path | None, file: Path | None, endpoints: dict[str, Any], state: StateFolder, platform: Mapping[str, str]
) -> Settings:
    """Put the settings into this process's environment and into the state folder, for clients and tools.

    `platform` are the settings that only the platform gives. Raises StartError if the settings file is missing or
    wrong, or sets one of those.
    """
    values = {"FUNCTIONS_WORKER_RUNTIME": "python", "AzureWebJobsStorage": endpoints["storage"]}
    if file := settings_file(app, file):
        read = read_settings(file, placeholders_of(endpoints))
        values |= read.values
        if ignored := read.ignored():
            _log.info("%s: devhost does not use %s", file.name, ", ".join(ignored))
    if taken := sorted(set(platform) & (values.keys() | os.environ.keys())):
        where = "the environment" if taken[0] in os.environ else file
        raise StartError(f"{taken[0]} is set by the platform (--auth): remove it from {where}.")
    values |= platform
    settings = Settings(values, os.environ)
    for name in settings.overridden:
        _log.info("Setting %s is taken from the environment, not from %s", name, file)
    write_private(
        state.path / SETTINGS_FILE, json.dumps({"IsEncrypted": False, "Values": settings.own}, indent=2) + "\n"
    )
    os.environ.update(settings.own)
    os.environ.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")  # as Core Tools does
    return settings


def _section(content: object) -> dict[str, object]:
    if not isinstance(content, dict):
        raise StartError('The section "Host" of the settings file must be an object.')
    return content
