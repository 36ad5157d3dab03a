"""Who has signed in, by the header that App Service Authentication sets. It is believed only if the platform set it.

With authentication off, or on another app registration, nothing removes the header that a client sends, so everything
about it is checked and every doubt refuses:
https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from compliance.people.attestation import SignIn
from compliance.people.binding import Account
from contracts.messages.fields import Guid, Person
from contracts.messages.strict_json import parse_object
from web.problems import ProblemError

HEADER: Final = "x-ms-client-principal"
_LONGEST: Final = 64 * 1024  # characters; many groups make it long
_MICROSOFT: Final = "http://schemas.microsoft.com/identity/claims/"
_ROLE: Final = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
_EXPIRATION: Final = "http://schemas.microsoft.com/ws/2008/06/identity/claims/expiration"
_TENANT: Final = ("tid", f"{_MICROSOFT}tenantid")
_OBJECT: Final = ("oid", f"{_MICROSOFT}objectidentifier")
_NAME: Final = ("preferred_username",)
_SHOWN: Final = ("name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name")
_EXPIRES: Final = ("exp", _EXPIRATION)
_PROVIDER: Final = ("idp", f"{_MICROSOFT}identityprovider")
# https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
_ISSUER: Final = re.compile(
    r"https://(?:login\.microsoftonline\.com|login\.microsoftonline\.us|login\.partner\.microsoftonline\.cn)/(.+)/v2\.0"
)
_GUID: TypeAdapter[str] = TypeAdapter(Guid)
_PERSON: TypeAdapter[str] = TypeAdapter(Person)


class Role(StrEnum):
    """An app role: what somebody may do beyond what concerns them."""

    REVIEWER = "Reviewer"  # decides where a policy names nobody
    AUDITOR = "Auditor"  # sees everything and decides nothing
    OPERATOR = "Operator"


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose sign-ins are believed: nobody's without client and tenant."""

    client_id: str | None
    tenant_id: str | None
    guests: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who has signed in, by the claims of their token."""

    sign_in: SignIn
    name: str  # as policies use names; it may change hands
    shown_name: str
    roles: frozenset[Role]
    expires_at: datetime

    @property
    def account(self) -> Account:
        """The person, in their directory."""
        return Account(self.sign_in.tenant_id, self.sign_in.object_id)


def principal_of(
    headers: Mapping[str, str], environment: Mapping[str, str], expected: Expected, at: datetime
) -> Principal:
    """Return who has signed in. Raises ProblemError: 401 without a sign-in that is believed, 403 if not let in."""
    header = headers.get(HEADER)
    if header is None:
        raise _nobody("sign in first")
    _check_platform(environment, expected)
    claims = _Claims(_decode(header))
    tenant, audience = claims.one(*_TENANT), claims.one("aud")
    issuer = _ISSUER.fullmatch(claims.one("iss"))
    expires_at = _time(claims.one(*_EXPIRES))
    if tenant != expected.tenant_id or issuer is None or issuer[1] != tenant or audience != expected.client_id:
        raise _nobody("this sign-in is for another app or of another directory")
    if expires_at <= at:
        raise _nobody("this sign-in has ended; sign in again")
    object_id = _checked(_GUID, claims.one(*_OBJECT))
    authenticated = claims.at_most_one("auth_time")
    _check_person(claims, expected, issuer[0])
    name = _checked(_PERSON, claims.one(*_NAME))
    sign_in = SignIn(issuer[0], _checked(_GUID, tenant), object_id, _time(authenticated) if authenticated else None)
    return Principal(sign_in, name, claims.at_most_one(*_SHOWN) or name, claims.roles(), expires_at)


def _check_platform(environment: Mapping[str, str], expected: Expected) -> None:
    is_on = environment.get("WEBSITE_AUTH_ENABLED", "").lower() == "true"
    client = environment.get("WEBSITE_AUTH_CLIENT_ID")
    if not (is_on and expected.client_id and expected.tenant_id) or client != expected.client_id:
        raise _nobody("nobody can sign in here: authentication is off, or is that of another app registration")


def _check_person(claims: _Claims, expected: Expected, issuer: str) -> None:
    """Raise ProblemError for a program's own token, and for guests unless they are let in."""
    if claims.at_most_one("idtyp") == "app":
        raise ProblemError(HTTPStatus.FORBIDDEN, "no-person", "a program signs in for a person, not for itself")
    provider = claims.at_most_one(*_PROVIDER)
    is_guest = (
        claims.at_most_one("acct") not in (None, "0")
        or "#ext#" in claims.one(*_NAME).lower()
        or (provider is not None and provider != issuer)
    )
    if is_guest and not expected.guests:
        raise ProblemError(HTTPStatus.FORBIDDEN, "guest", "guests of the directory are not let in here")


class _Claims:
    """The claims by their short and long types."""

    def __init__(self, principal: Mapping[str, Any]) -> None:
        self._role_type = principal.get("role_typ")
        self._values: dict[str, list[str]] = {}
        claims = principal.get("claims")
        if principal.get("auth_typ") != "aad" or not isinstance(claims, Sequence):
            raise _unreadable()
        for claim in claims:
            if not isinstance(claim, Mapping):
                raise _unreadable()
            typ, value = claim.get("typ"), claim.get("val")
            if not isinstance(typ, str) or not isinstance(value, str):
                raise _unreadable()
            self._values.setdefault(typ, []).append(value)

    def one(self, *types: str) -> str:
        """Return the only value of a claim. Raises ProblemError if it is missing or repeated."""
        value = self.at_most_one(*types)
        if value is None:
            raise _nobody(f"the sign-in says nothing of {types[0]}")
        return value

    def at_most_one(self, *types: str) -> str | None:
        """Return the only value of a claim, or None. Raises ProblemError if it is repeated."""
        values = [value for typ in types for value in self._values.get(typ, ())]
        if len(values) > 1:
            raise _nobody(f"the sign-in says {types[0]} twice")
        return values[0] if values else None

    def roles(self) -> frozenset[Role]:
        """Return the app's roles, each of which has a claim of its own."""
        types = {"roles", _ROLE, str(self._role_type)}
        given = {value for typ in types for value in self._values.get(typ, ())}
        return frozenset(role for role in Role if role in given)


def _decode(header: str) -> Mapping[str, Any]:
    if len(header) > _LONGEST:
        raise _unreadable()
    try:
        return parse_object(base64.b64decode(header + "=" * (-len(header) % 4), validate=True))
    except ValueError as error:
        raise _unreadable() from error


def _time(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _unreadable() from error


def _checked(form: TypeAdapter[str], text: str) -> str:
    try:
        return form.validate_python(text, strict=True)
    except ValidationError as error:
        raise _unreadable() from error


def _unreadable() -> ProblemError:
    return _nobody("this sign-in cannot be read")


def _nobody(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNAUTHORIZED, "not-signed-in", detail)
