"""Headers and claims that App Service Authentication gives an app for somebody who is signed in with Microsoft Entra.

https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities describes the headers. Some
claims come under the long type names of .NET, the others under the short ones of the token.
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from devhost.sign_in.people_file import Person, SignIn

PREFIXES = ("x-ms-client-principal", "x-ms-token-")  # of the headers that only the platform may set
_PROVIDER = "aad"
_ASCII = string.ascii_letters + string.digits + string.punctuation + " "  # what a header may hold as it is
_TOKEN_SECONDS = 3600  # how long an identity token of Microsoft Entra is valid

_XMLSOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
_MICROSOFT = "http://schemas.microsoft.com/identity/claims"
_EMAIL = f"{_XMLSOAP}/emailaddress"
_ROLE = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who signed in at a time, in Unix seconds."""

    person: Person
    at: int

    def claims(self, sign_in: SignIn) -> list[dict[str, str]]:
        """Return the claims in the shape of the header: one entry for each value."""
        person, tenant = self.person, str(sign_in.tenant_of(self.person))
        oid = str(sign_in.oid_of(person))
        token: dict[str, str | Iterable[str] | None] = {
            "aud": str(sign_in.client_id),
            "iss": f"https://login.microsoftonline.com/{tenant}/v2.0",
            "iat": str(self.at),
            "nbf": str(self.at),
            "exp": str(self.at + _TOKEN_SECONDS),
            _EMAIL: person.user_name if "@" in person.user_name else None,
            "name": person.shown_name,
            f"{_MICROSOFT}/objectidentifier": oid,
            "preferred_username": person.user_name,
            "roles": person.roles,
            f"{_XMLSOAP}/nameidentifier": f"sub-{oid}",
            f"{_MICROSOFT}/tenantid": tenant,
            "ver": "2.0",
        }
        return [
            {"typ": name, "val": value}
            for name, values in (token | person.claims).items()
            for value in ((values,) if isinstance(values, str) else values or ())
        ]

    def headers(self, sign_in: SignIn) -> dict[str, str]:
        """Return the headers for the app."""
        content = {
            "auth_typ": _PROVIDER,
            "claims": self.claims(sign_in),
            "name_typ": _EMAIL,
            "role_typ": _ROLE,
        }
        return {
            "X-MS-CLIENT-PRINCIPAL": base64.b64encode(json.dumps(content).encode()).decode(),
            "X-MS-CLIENT-PRINCIPAL-ID": str(sign_in.oid_of(self.person)),
            "X-MS-CLIENT-PRINCIPAL-NAME": quote(self.person.user_name, safe=_ASCII),
            "X-MS-CLIENT-PRINCIPAL-IDP": _PROVIDER,
        }

    def about(self, sign_in: SignIn) -> dict[str, object]:
        """Return what /.auth/me says."""
        return {
            "provider_name": _PROVIDER,
            "user_id": self.person.user_name,
            "user_claims": self.claims(sign_in),
        }
