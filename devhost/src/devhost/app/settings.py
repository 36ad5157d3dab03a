"""App settings in the format of Azure Functions Core Tools (`local.settings.json`).

https://learn.microsoft.com/azure/azure-functions/functions-develop-local#local-settings-file
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from devhost.errors import StartError

_PERCENT = re.compile(r"%([^%\s]+)%")
_DEVELOPMENT_STORAGE = "UseDevelopmentStorage=true"


# Settings of Azure's host that change what an app sees there (https://learn.microsoft.com/azure/azure-functions/
# functions-app-settings). Those about deployment and scale have no meaning here and are not reported.
_UNUSED = frozenset({"FUNCTIONS_WORKER_PROCESS_COUNT", "WEBSITE_TIME_ZONE", "APPLICATIONINSIGHTS_CONNECTION_STRING"})
_UNUSED_PREFIXES = ("AzureFunctionsJobHost__", "AzureFunctionsWebHost__", "languageWorkers__")


class _Placeholders(Template):
    """Templates with `$DEVHOST_...` placeholders only: other dollar signs belong to the value."""

    idpattern = r"DEVHOST_[A-Z_]+"
    flags = re.NOFLAG


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """The content of a settings file: its `Values`, filled in, and its other sections, which Core Tools reads."""

    values: dict[str, str]
    others: dict[str, object]

    def ignored(self) -> list[str]:
        """Return dotted names of what devhost does not honour: other sections, and values for Azure's own host."""
        platform = (name for name in self.values if name in _UNUSED or name.startswith(_UNUSED_PREFIXES))
        return sorted([*leaf_names(self.others), *(f"Values.{name}" for name in platform)])


def read_settings(file: Path, placeholders: Mapping[str, str]) -> SettingsFile:
    """Read a settings file and fill in the host's placeholders.

    `UseDevelopmentStorage=true` means our storage emulator. Raises StartError if the file is missing, not in the
    format, encrypted, or has an unknown placeholder.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise StartError(f"Cannot read the settings file {file}: {error.strerror}.") from error
    except ValueError as error:
        raise StartError(f"{file} is not valid JSON: {error}.") from error
    values = content.get("Values", {}) if isinstance(content, dict) else None
    if not isinstance(values, dict):
        raise StartError(f'{file}: expected an object with "Values", as Core Tools writes it.')
    if content.get("IsEncrypted"):
        raise StartError(f"{file} is encrypted: run `func settings decrypt` first.")
    filled = {name: _fill_placeholders(file, name, value, placeholders) for name, value in values.items()}
    others = {name: section for name, section in content.items() if name not in ("Values", "IsEncrypted")}
    return SettingsFile(filled, others)


def leaf_names(content: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """Yield the dotted name, such as `a.b.c`, of each value in nested JSON that is no object, or an empty one."""
    for name, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from leaf_names(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def _fill_placeholders(file: Path, name: str, value: object, placeholders: Mapping[str, str]) -> str:
    if not isinstance(value, str):
        raise StartError(f"{file}: setting {name!r} must be text, not {type(value).__name__}.")
    if value.strip().rstrip(";") == _DEVELOPMENT_STORAGE:
        return placeholders["DEVHOST_STORAGE"]
    template = _Placeholders(value)
    unknown = sorted(set(template.get_identifiers()) - set(placeholders))
    if unknown:
        known = ", ".join(sorted(placeholders))
        raise StartError(f"{file}: setting {name!r} uses unknown placeholder ${unknown[0]}; known: {known}.")
    return template.safe_substitute(placeholders)


class Settings:
    """The app's settings: the environment's values, then the file's."""

    def __init__(self, values: Mapping[str, str], environment: Mapping[str, str]) -> None:
        self.overridden = sorted(name for name in values if name in environment)
        self.own = {name: environment.get(name, value) for name, value in values.items()}
        self._all = {**values, **environment}

    def get(self, name: str) -> str | None:
        return self._all.get(name)

    def resolve(self, text: str, where: str) -> str:
        """Replace each `%NAME%` by that setting's value. Raises StartError if one is not set."""

        def replacement(match: re.Match[str]) -> str:
            value = self.get(match[1])
            if value is None:
                raise StartError(f"{where}: setting {match[1]!r} is not set (used as %{match[1]}%).")
            return value

        return _PERCENT.sub(replacement, text)

    def connection(self, name: str, where: str) -> str:
        """Return the connection string that a binding's `connection` names. Raises StartError if it is not set."""
        for candidate in (name, f"AzureWebJobs{name}"):
            if value := self.get(candidate):
                return value
        raise StartError(f"{where}: connection {name!r} is not set; add it to the settings' Values.")

    def is_disabled(self, function: str) -> bool:
        """Return whether `AzureWebJobs.<function>.Disabled` switches this function off."""
        return (self.get(f"AzureWebJobs.{function}.Disabled") or "").lower() in ("true", "1")
