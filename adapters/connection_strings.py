"""Connection strings, read as the Azure SDKs read them, without importing one."""

from __future__ import annotations

import base64
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


def opens_storage(text: str) -> bool:
    """Return whether a connection string opens the blobs and tables of a storage account."""
    if text == "UseDevelopmentStorage=true":
        return True
    try:
        given = fields_of(text)
        base64.b64decode(given.get("accountkey", ""), validate=True)
    except ValueError:
        return False
    # The table client finds its endpoint by the account's name, even if the blob client does not need it.
    return "accountname" in given and ("accountkey" in given or "sharedaccesssignature" in given)


def opens_namespace(text: str) -> bool:
    """Return whether a connection string opens all entities of a Service Bus namespace."""
    try:
        given = fields_of(text)
    except ValueError:
        return False
    signs = "sharedaccesssignature" in given or {"sharedaccesskeyname", "sharedaccesskey"} <= given.keys()
    # A string with an EntityPath opens that entity only; the app uses several.
    return signs and given.get("endpoint", "").lower().startswith("sb://") and "entitypath" not in given
