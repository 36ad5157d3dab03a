"""Cookies as Azure sends them: the worker takes them apart, and the host writes them anew in its own order.

https://github.com/Azure/azure-functions-python-worker (`datumdef.py`), and ASP.NET's `SetCookieHeaderValue`.
"""

from __future__ import annotations

from email.utils import format_datetime, parsedate_to_datetime
from http.cookies import Morsel
from urllib.parse import quote


def set_cookie(morsel: Morsel[str]) -> str:
    """Return the header's value. Raises ValueError if a date or number cannot be read, which fails the request."""
    parts = [f"{morsel.key}={quote(morsel.value, safe='-_.~')}"]
    if expires := morsel["expires"]:
        parts.append(f"expires={format_datetime(parsedate_to_datetime(expires.replace('-', ' ')), usegmt=True)}")
    if max_age := morsel["max-age"]:
        parts.append(f"max-age={int(float(max_age))}")
    parts += [
        f"{name}={value}" for name, value in (("domain", morsel["domain"]), ("path", morsel["path"] or "/")) if value
    ]
    parts += ["secure"] if morsel["secure"] else []
    parts += [f"samesite={morsel['samesite'].lower()}"] if morsel["samesite"] else []
    parts += ["httponly"] if morsel["httponly"] else []
    return "; ".join(parts)
