"""Shared access signatures: `SharedAccessSignature sr=<uri>&sig=<signature>&se=<expiry>&skn=<policy>`.

https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import unquote, unquote_plus

from devhost.service_bus.errors import UnauthorizedError
from devhost.service_bus.queues.entities import entity_path

POLICY = "RootManageSharedAccessKey"
_PREFIX = "SharedAccessSignature "
_MAX_TOKEN = 4096  # characters


def verify(token: str, audience: str, key: str, now: float) -> float:
    """Check a token for `audience` and return when it expires (Unix seconds). Raises UnauthorizedError."""
    if not token.startswith(_PREFIX) or len(token) > _MAX_TOKEN:
        raise UnauthorizedError("InvalidToken: only shared access signatures are accepted.")
    parts = (field.partition("=") for field in token.removeprefix(_PREFIX).split("&"))
    fields = {name: value for name, _, value in parts}
    if not {"sr", "sig", "se", "skn"} <= fields.keys():
        raise UnauthorizedError("InvalidToken: a shared access signature needs sr, sig, se and skn.")
    expiry = _expiry(fields["se"])
    signed = f"{fields['sr']}\n{fields['se']}".encode()
    signature = base64.b64encode(hmac.digest(key.encode(), signed, hashlib.sha256))
    # The Python SDK encodes the policy name twice.
    policy_known = hmac.compare_digest(unquote(unquote(fields["skn"])).encode(), POLICY.encode())
    signature_valid = hmac.compare_digest(unquote(fields["sig"]).encode(), signature)
    if not (policy_known and signature_valid):
        raise UnauthorizedError("InvalidSignature: The token has an invalid signature.")
    if expiry <= now:
        raise UnauthorizedError("ExpiredToken: The token is expired.")
    if not covers(entity_path(unquote_plus(fields["sr"])), entity_path(audience)):
        raise UnauthorizedError("InvalidAudience: The token is for another resource than the audience.")
    return expiry


def covers(scope: str, path: str) -> bool:
    """Return whether `scope` covers `path`: the same entity or one below. The empty scope is the namespace."""
    return scope in ("", path) or path.startswith(scope + "/")


def _expiry(text: str) -> float:
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise UnauthorizedError("InvalidToken: se must be Unix seconds.")
    return float(text)
