"""Whose sign-in is believed: the platform's own, for this app, of this directory, complete and without doubt."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest

from tests.front_door import TENANT
from tests.unit.web.house import ANN, CLIENT, NOW, PLATFORM, oid_of, signed_in
from web.principal import Expected, Principal, Role, principal_of
from web.problems import ProblemError

OTHER = "99999999-2222-3333-4444-555555555555"
LONG = "http://schemas.microsoft.com/identity/claims/"
EXPECTED = Expected(CLIENT, TENANT)


def read(header: str | None, platform: dict[str, str] = PLATFORM, expected: Expected = EXPECTED) -> Principal:
    headers = {} if header is None else {"x-ms-client-principal": header}
    return principal_of(headers, platform, expected, NOW)


def status_of(header: str | None, **given: Any) -> HTTPStatus:
    with pytest.raises(ProblemError) as refused:
        read(header, **given)
    return refused.value.status


def claiming(**changes: Any) -> str:
    return signed_in(ANN, **changes)["X-MS-CLIENT-PRINCIPAL"]


def encoded(content: Any) -> str:
    return base64.b64encode(json.dumps(content).encode()).decode()


def test_a_person_is_their_account_and_has_a_name_and_roles() -> None:
    found = read(claiming(roles=["Reviewer", "Auditor", "Janitor"], auth_time="1772452800"))

    assert (found.account.tenant_id, found.account.object_id) == (TENANT, oid_of(ANN))
    assert (found.name, found.shown_name) == (ANN, "Ann")
    assert found.roles == {Role.REVIEWER, Role.AUDITOR}
    assert found.sign_in.authenticated_at == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert found.sign_in.issuer == f"https://login.microsoftonline.com/{TENANT}/v2.0"


def test_claims_are_known_by_their_short_and_their_long_types() -> None:
    short = {f"{LONG}objectidentifier": None, f"{LONG}tenantid": None, "oid": oid_of(ANN), "tid": TENANT}

    assert read(claiming(**short)) == read(claiming())
    role = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
    assert read(claiming(roles=None, **{role: ["Operator"]})).roles == {Role.OPERATOR}
    assert read(claiming(roles=None, r=["Operator"])).roles == {Role.OPERATOR}, "as role_typ names them"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": OTHER},
        {"aud": None},
        {"aud": [CLIENT, CLIENT]},
        {"iss": f"https://login.microsoftonline.com/{OTHER}/v2.0"},
        {"iss": f"https://login.microsoftonline.com.evil.example/{TENANT}/v2.0"},
        {"iss": f"https://sts.windows.net/{TENANT}/"},
        {"iss": None},
        {f"{LONG}tenantid": OTHER},
        {f"{LONG}tenantid": None},
        {"tid": TENANT},
        {f"{LONG}objectidentifier": None},
        {f"{LONG}objectidentifier": "ann"},
        {"oid": oid_of(ANN)},
        {"preferred_username": None},
        {"preferred_username": [ANN, ANN]},
        {"preferred_username": "\u200b"},
        {"exp": None},
        {"exp": "soon"},
        {"exp": "9" * 30},
        {"exp": str(int(NOW.timestamp()))},
        {"name": ["Ann", "Ann"]},
        {"auth_time": ["1", "2"]},
    ],
    ids=str,
)
def test_a_missing_repeated_or_wrong_claim_is_nobody(changes: dict[str, Any]) -> None:
    assert status_of(claiming(**changes)) is HTTPStatus.UNAUTHORIZED


def said_twice(key: str) -> str:
    """Return a sign-in with a key twice, of which one parser believes the first and another the last."""
    principal = base64.b64decode(signed_in(ANN)["X-MS-CLIENT-PRINCIPAL"])
    return base64.b64encode(b'{"%s": [], ' % key.encode() + principal[1:]).decode()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "%",
        "a,b",
        base64.b64encode(b"{").decode(),
        encoded([]),
        encoded({"auth_typ": "aad"}),
        encoded({"auth_typ": "aad", "claims": {}}),
        encoded({"auth_typ": "aad", "claims": [{"typ": "aud"}]}),
        encoded({"auth_typ": "aad", "claims": [[]]}),
        encoded({"auth_typ": "facebook", "claims": []}),
        encoded({"identityProvider": "aad", "userId": "1", "userDetails": ANN, "userRoles": ["Reviewer"]}),
        encoded({"auth_typ": "aad", "claims": [{"typ": "x", "val": "y" * 65536}]}),
        base64.b64encode(b"[" * 40000).decode(),
        signed_in(ANN, name="\ud800")["X-MS-CLIENT-PRINCIPAL"],  # JSON can say it, and no text can hold it
        said_twice("auth_typ"),
        said_twice("claims"),
    ],
    ids=lambda header: str(header)[:20],
)
def test_a_header_that_cannot_be_read_is_nobody(header: str | None) -> None:
    assert status_of(header) is HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "platform",
    [
        {},
        {"WEBSITE_AUTH_ENABLED": "False", "WEBSITE_AUTH_CLIENT_ID": CLIENT},
        {"WEBSITE_AUTH_ENABLED": "True"},
        {"WEBSITE_AUTH_ENABLED": "True", "WEBSITE_AUTH_CLIENT_ID": OTHER},
        {"WEBSITE_AUTH_CLIENT_ID": CLIENT},
    ],
    ids=str,
)
def test_without_the_platforms_word_nobody_is_believed(platform: dict[str, str]) -> None:
    """With authentication off nothing removes the header that a client sends."""
    assert status_of(claiming(), platform=platform) is HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("expected", [Expected(None, None), Expected(CLIENT, None), Expected(None, TENANT)], ids=str)
def test_without_the_settings_nobody_can_sign_in(expected: Expected) -> None:
    assert status_of(claiming(), expected=expected) is HTTPStatus.UNAUTHORIZED
    nobody = {"WEBSITE_AUTH_ENABLED": "True", "WEBSITE_AUTH_CLIENT_ID": ""}
    assert status_of(claiming(aud=""), platform=nobody, expected=Expected("", TENANT)) is HTTPStatus.UNAUTHORIZED


GUESTS = [
    {"acct": "1"},
    {"idp": "https://sts.windows.net/99999999-2222-3333-4444-555555555555/"},
    {f"{LONG}identityprovider": "live.com"},
    {"preferred_username": "ann_example.org#EXT#@contoso.example"},
]


@pytest.mark.parametrize("changes", GUESTS, ids=str)
def test_guests_are_let_in_by_a_setting_only(changes: dict[str, Any]) -> None:
    assert status_of(claiming(**changes)) is HTTPStatus.FORBIDDEN
    assert read(claiming(**changes), expected=Expected(CLIENT, TENANT, guests=True)).account.object_id == oid_of(ANN)


def test_a_member_is_no_guest() -> None:
    assert read(claiming(acct="0")).name == ANN


def test_a_token_without_a_person_is_refused() -> None:
    assert status_of(claiming(idtyp="app")) is HTTPStatus.FORBIDDEN


def test_a_sign_in_ends() -> None:
    assert read(claiming()).expires_at == NOW + timedelta(hours=1)
