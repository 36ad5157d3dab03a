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
from typing import Any

from devhost.errors import StartError
from devhost.json_files import as_strict_json

_PERCENT = re.compile(r"%([^%\s]+)%")
# The key of storage emulators: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
_WELL_KNOWN_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


# Settings of Azure's host that change what an app sees there (https://learn.microsoft.com/azure/azure-functions/
# functions-app-settings). Those about deployment and scale have no meaning here and are not reported.
_UNUSED = frozenset({"FUNCTIONS_WORKER_PROCESS_COUNT", "WEBSITE_TIME_ZONE", "APPLICATIONINSIGHTS_CONNECTION_STRING"})
_UNUSED_PREFIXES = ("AzureFunctionsJobHost__", "AzureFunctionsWebHost__", "languageWorkers__")
_USED = frozenset({"Host.LocalHttpPort", "Host.CORS", "Host.CORSCredentials"})


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
        others = (name for name in leaf_names(self.others) if name not in _USED)
        return sorted([*others, *(f"Values.{name}" for name in platform)])


def read_settings(file: Path, placeholders: Mapping[str, str]) -> SettingsFile:
    """Read a settings file and fill in the host's placeholders.

    Connection strings of the usual emulators mean our services. Raises StartError if the file is missing, not in the
    format, encrypted, or has an unknown placeholder.
    """
    content = _content(file)
    values = content.get("Values", {}) if isinstance(content, dict) else None
    if not isinstance(values, dict):
        raise StartError(f'{file}: expected an object with "Values", as Core Tools writes it.')
    if content.get("IsEncrypted"):
        raise StartError(f"{file} is encrypted: run `func settings decrypt` first.")
    filled = {
        name: _fill_placeholders(file, name, _text_of(value), placeholders)
        for name, value in values.items()
        if value is not None
    }
    others = {name: section for name, section in content.items() if name not in ("Values", "IsEncrypted")}
    return SettingsFile(filled, others)


def host_section(file: Path) -> Mapping[str, object]:
    """Return the section `Host` of a settings file, {} if there is none. Raises StartError as read_settings."""
    content = _content(file)
    host = content.get("Host") if isinstance(content, dict) else None
    return host if isinstance(host, dict) else {}


def local_http_port(host: Mapping[str, object]) -> int | None:
    """Return LocalHttpPort of the section `Host`, None if there is none."""
    port = host.get("LocalHttpPort")
    return int(port) if isinstance(port, int | str) and str(port).isdecimal() else None


def _content(file: Path) -> Any:
    try:
        return json.loads(as_strict_json(file.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise StartError(f"Cannot read the settings file {file}: {error.strerror}.") from error
    except ValueError as error:
        raise StartError(f"{file} is not valid JSON: {error}.") from error


def _text_of(value: object) -> object:
    """Return a boolean or number as Core Tools reads it, as text; everything else as it is."""
    return json.dumps(value) if isinstance(value, bool | int | float) else value


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
    if emulated := _of_an_emulator(value):
        return emulated.substitute(placeholders)
    template = _Placeholders(value)
    unknown = sorted(set(template.get_identifiers()) - set(placeholders))
    if unknown:
        known = ", ".join(sorted(placeholders))
        raise StartError(f"{file}: setting {name!r} uses unknown placeholder ${unknown[0]}; known: {known}.")
    return template.safe_substitute(placeholders)


def _of_an_emulator(value: str) -> Template | None:
    """Return what stands for the connection string of a usual emulator, None if it is something else."""
    parts = (part.strip().partition("=") for part in value.split(";"))
    named = {name.lower(): text for name, _, text in parts}
    is_storage = named.get("usedevelopmentstorage", "").lower() == "true"
    if is_storage or (named.get("accountname") == "devstoreaccount1" and named.get("accountkey") == _WELL_KNOWN_KEY):
        return Template("$DEVHOST_STORAGE")
    if named.get("usedevelopmentemulator", "").lower() == "true" and not _has_port(named.get("endpoint", "")):
        path = named.get("entitypath")
        return Template("${DEVHOST_SERVICE_BUS}" + (f"EntityPath={path.replace('$', '$$')};" if path else ""))
    return None


def _has_port(endpoint: str) -> bool:
    """Return whether an endpoint has a port other than the emulator's: that of devhost is in its connection string."""
    return bool(re.search(r":(?!5672\b)\d+/?$", endpoint))


class Settings:
    """The app's settings: the environment's values, then the file's."""

    def __init__(self, values: Mapping[str, str], environment: Mapping[str, str]) -> None:
        # An empty value only names a setting that the environment may have.
        self.overridden = sorted(
            name for name, value in values.items() if value and value != environment.get(name, value)
        )
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

    def connection(self, name: str) -> str | None:
        """Return the connection string that a binding's `connection` names, None if it is not set or empty."""
        return self.get(name) or self.get(f"AzureWebJobs{name}") or None

    def identity_of(self, name: str) -> str | None:
        """Return a setting such as NAME__fullyQualifiedNamespace, which connects by identity, None if there is none."""
        prefixes = (f"{name}__", f"AzureWebJobs{name}__")
        return min((key for key in self._all if key.startswith(prefixes)), default=None)

    def is_disabled(self, function: str) -> bool:
        """Return whether `AzureWebJobs.<function>.Disabled` switches this function off."""
        return (self.get(f"AzureWebJobs.{function}.Disabled") or "").lower() in ("true", "1")
