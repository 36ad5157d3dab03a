"""Connection strings, read as the Azure SDKs read them, without importing one."""

from __future__ import annotations

from collections.abc import Mapping

_SUFFIX = "core.windows.net"
_DEVELOPMENT = "usedevelopmentstorage"  # Azurite at its own ports
_DEVELOPMENT_PORTS = {"blob": 10000, "table": 10002}


def fields_of(text: str) -> Mapping[str, str]:
    """Return the fields of a connection string by their names in lower case. Raises ValueError if it is not one."""
    pairs = [each.partition("=") for each in text.strip().rstrip(";").split(";")]
    fields = {name.lower(): value for name, _, value in pairs}
    if len(fields) < len(pairs) or not all(name and value for name, value in fields.items()):
        raise ValueError("the connection string is blank or malformed")
    return fields


def storage_endpoint(text: str, service: str) -> str:
    """Return the URL of an account's service, `blob` or `table`. Raises ValueError if the string has none."""
    fields = fields_of(text)
    if fields.get(_DEVELOPMENT) == "true":
        return f"http://127.0.0.1:{_DEVELOPMENT_PORTS[service]}"
    if endpoint := fields.get(f"{service}endpoint"):
        return endpoint
    if account := fields.get("accountname"):
        scheme, suffix = fields.get("defaultendpointsprotocol", "https"), fields.get("endpointsuffix", _SUFFIX)
        return f"{scheme}://{account}.{service}.{suffix}"
    raise ValueError(f"the connection string names no account and no {service} endpoint")
