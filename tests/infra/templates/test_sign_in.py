"""How people sign in at the front door: by the platform, without a secret; without it, no function of the door runs."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final
from uuid import UUID

import pytest
import yaml

from tests.infra.app_settings import set_on_azure
from tests.infra.bicep import INFRA, Resource, Template, every_template, main
from web.principal import Role

CLIENT: Final = "00000000-0000-4000-8000-00000000c11e"
SIGN_IN: Final = {"webFrontDoor": True, "signInClientId": CLIENT}
IDENTITY: Final = "Microsoft.ManagedIdentity/userAssignedIdentities:id-signin-unique0string"
OVERRIDE: Final = "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID"
WORKFLOW: Final = yaml.safe_load((INFRA.parent / ".github/workflows/deploy.yml").read_text(encoding="utf-8"))


def deployed(kind: str, **given: Any) -> list[Resource]:
    return [r for _, r in main(**given).deployed() if r.type == f"Microsoft.{kind}"]


def settings() -> dict[str, Any]:
    (config,) = deployed("Web/sites/config", **SIGN_IN)
    assert config.reference.name == "func-web-unique0string/authsettingsV2"
    return config.properties


@pytest.mark.parametrize("path", every_template(), ids=lambda path: path.stem)
def test_no_template_sets_what_the_platform_tells_the_app(path: Path) -> None:
    """As an app setting it would win over the platform's configuration: `false` would let everybody in unseen."""
    code = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))

    assert not re.search(r"WEBSITE_AUTH_(ENABLED|CLIENT_ID|DEFAULT_PROVIDER|V2_CONFIG)", code)


@pytest.mark.parametrize("half", ["messages", "web"])
def test_no_site_has_a_setting_of_the_platforms_sign_in_but_the_tenants(half: str) -> None:
    names = {name for name in set_on_azure(half, **SIGN_IN) if "AUTH_" in name}

    assert names == ({"WEBSITE_AUTH_AAD_ALLOWED_TENANTS"} if half == "web" else set())


def test_people_of_the_tenant_sign_in_with_our_registration_only() -> None:
    entra = settings()["identityProviders"]["azureActiveDirectory"]

    assert settings()["identityProviders"].keys() == {"azureActiveDirectory"}
    assert entra["enabled"] is True
    assert entra["registration"]["clientId"] == CLIENT
    assert entra["registration"]["openIdIssuer"] == (
        "${environment().authentication.loginEndpoint}${subscription().tenantId}/v2.0"
    )
    assert entra["validation"] == {
        "allowedAudiences": [CLIENT],
        "defaultAuthorizationPolicy": {"allowedApplications": [CLIENT]},
    }
    assert "offline_access" not in str(entra["login"]), "a refresh token in every page's reach"


def test_the_platform_looks_at_every_path_and_the_app_decides() -> None:
    assert settings()["platform"] == {"enabled": True, "runtimeVersion": "~1"}
    assert settings()["globalValidation"] == {
        "requireAuthentication": False,
        "unauthenticatedClientAction": "AllowAnonymous",
        "redirectToProvider": "azureactivedirectory",
        "excludedPaths": [],
    }
    assert settings()["httpSettings"]["requireHttps"] is True
    assert settings()["httpSettings"]["forwardProxy"] == {"convention": "NoProxy"}, "a caller could name another host"


def test_a_session_ends_after_an_hour_and_leads_nowhere_else() -> None:
    login = settings()["login"]

    assert login["cookieExpiration"] == {"convention": "FixedTime", "timeToExpiration": "01:00:00"}
    assert login["nonce"]["validateNonce"] is True
    assert login["allowedExternalRedirectUrls"] == []


def test_an_identity_that_does_nothing_else_stands_for_the_secret() -> None:
    """Whoever holds it can act as the registration."""
    registration = settings()["identityProviders"]["azureActiveDirectory"]["registration"]
    (web,) = (s for s in deployed("Web/sites", **SIGN_IN) if s.name.startswith("func-web"))
    assigned = {str(r.properties["principalId"]) for r in deployed("Authorization/roleAssignments", **SIGN_IN)}

    assert registration.keys() == {"openIdIssuer", "clientId", "clientSecretSettingName"}
    assert registration["clientSecretSettingName"] == OVERRIDE
    assert str(set_on_azure("web", **SIGN_IN)[OVERRIDE]) == f"{IDENTITY}.properties.clientId"
    assert f"${{{IDENTITY}.id}}" in web.body["identity"]["userAssignedIdentities"]
    assert f"{IDENTITY}.properties.principalId" not in assigned
    for other in (n for n, v in set_on_azure("web", **SIGN_IN).items() if n != OVERRIDE and IDENTITY in str(v)):
        pytest.fail(f"{other} uses the identity as well")


def test_only_the_front_door_has_that_identity_and_only_with_sign_in() -> None:
    for given in (SIGN_IN, {"webFrontDoor": True}, {}):
        for site in deployed("Web/sites", **given):
            has_it = given is SIGN_IN and site.name.startswith("func-web")
            assert (IDENTITY in str(site.body["identity"])) is has_it, (site.name, given)


def test_the_registration_can_be_made_from_the_outputs() -> None:
    outputs = main(**SIGN_IN).outputs

    assert outputs["WEB_APP_NAME"] == "func-web-unique0string"
    assert str(outputs["WEB_HOST_NAME"]) == "Microsoft.Web/sites:func-web-unique0string.properties.defaultHostName"
    assert str(outputs["SIGN_IN_PRINCIPAL_ID"]) == f"{IDENTITY}.properties.principalId"


def test_the_app_is_told_whose_sign_ins_it_may_believe() -> None:
    told = set_on_azure("web", **SIGN_IN)

    assert (told["SIGN_IN_CLIENT_ID"], str(told["SIGN_IN_TENANT_ID"])) == (CLIENT, "subscription().tenantId")
    assert str(told["WEBSITE_AUTH_AAD_ALLOWED_TENANTS"]) == "subscription().tenantId"


@pytest.mark.parametrize(("given", "told"), [({}, None), ({"guestsMaySignIn": True}, "allowed")], ids=str)
def test_guests_sign_in_only_if_somebody_says_so(given: dict[str, Any], told: str | None) -> None:
    assert set_on_azure("web", **SIGN_IN, **given).get("SIGN_IN_GUESTS") == told
    assert "SIGN_IN_GUESTS" not in set_on_azure("messages", **SIGN_IN, **given)
    assert "SIGN_IN_GUESTS" not in set_on_azure("web", webFrontDoor=True, **given)


@pytest.mark.parametrize(("given", "told"), [({}, None), ({"reviewerRoleAssigned": True}, "true")], ids=str)
def test_the_app_is_told_whether_somebody_decides_where_a_policy_names_nobody(
    given: dict[str, Any], told: str | None
) -> None:
    assert set_on_azure("web", **SIGN_IN, **given).get("REVIEWER_ROLE_ASSIGNED") == told
    assert "REVIEWER_ROLE_ASSIGNED" not in set_on_azure("messages", **SIGN_IN, **given)
    assert "REVIEWER_ROLE_ASSIGNED" not in set_on_azure("web", webFrontDoor=True, **given)


@pytest.mark.parametrize("given", [{"webFrontDoor": True}, {"signInClientId": CLIENT}], ids=str)
def test_without_sign_in_everything_else_is_deployed(given: dict[str, Any]) -> None:
    sites = {s.name for s in deployed("Web/sites", **given)}

    assert deployed("Web/sites/config", **given) == []
    assert sites == {"func-unique0string", *(["func-web-unique0string"] if "webFrontDoor" in given else [])}
    assert not {n for n in set_on_azure("messages", **given) if n.startswith("SIGN_IN") or n == OVERRIDE}


@pytest.mark.parametrize(("client", "runs"), [("", False), (CLIENT, True)])
def test_no_function_of_the_front_door_runs_without_sign_in(tmp_path: Path, client: str, runs: bool) -> None:
    infra = tmp_path / "infra"
    shutil.copytree(INFRA, infra)
    halves = json.loads((infra / "halves.json").read_text(encoding="utf-8"))
    halves["web"]["functions"] = ["on_web_request", "another"]
    (infra / "halves.json").write_text(json.dumps(halves), encoding="utf-8")
    given = {"half": "web", "signInClientId": client, "useBlobTrigger": False}

    disabled = Template(infra / "modules/function-app.bicep", given).variable("disabled")

    assert {"on_web_request", "another"}.isdisjoint(disabled) is runs
    assert set(halves["messages"]["functions"]) <= set(disabled)


def test_the_roles_of_people_are_those_of_the_app() -> None:
    roles = json.loads((INFRA / "app-roles.json").read_text(encoding="utf-8"))

    # The last one gives no right: it lets those sign in who shall have none of the others.
    assert [role["value"] for role in roles] == [*Role, "Participant"]
    assert len({UUID(role["id"]) for role in roles}) == len(roles)
    assert all(role["isEnabled"] and role["allowedMemberTypes"] == ["User"] for role in roles)


def test_the_manual_says_whether_the_front_door_has_a_function() -> None:
    halves = json.loads((INFRA / "halves.json").read_text(encoding="utf-8"))
    manual = (INFRA.parent / "docs/operations/web-front-door.md").read_text(encoding="utf-8")

    assert ("It has no function yet" in manual) is (halves["web"]["functions"] == [])


class Door(BaseHTTPRequestHandler):
    """A front door that answers with the status that its path begins with, if somebody claims to be signed in."""

    forged: list[dict[str, Any]]

    def do_GET(self) -> None:
        claimed = self.headers.get("X-MS-CLIENT-PRINCIPAL")
        type(self).forged.append(json.loads(base64.b64decode(claimed or "e30=")))
        self.send_response(int(self.path.split("/")[1]) if claimed else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def door() -> Iterator[str]:
    Door.forged = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def examination() -> dict[str, Any]:
    (step,) = (s for s in WORKFLOW["jobs"]["doctor"]["steps"] if "X-MS-CLIENT-PRINCIPAL" in s.get("run", ""))
    return step


@pytest.mark.parametrize(
    ("status", "client", "ends"), [(401, CLIENT, 0), (200, CLIENT, 1), (403, CLIENT, 1), (404, CLIENT, 1), (200, "", 0)]
)
def test_a_deployment_fails_if_its_front_door_believes_a_forged_sign_in(
    tmp_path: Path, door: str, status: int, client: str, ends: int
) -> None:
    (tmp_path / "settings.env").write_text(f'WEB_HOST_NAME="{door}/{status}"\nSIGN_IN_CLIENT_ID="{client}"\n')
    Door.forged.clear()
    script = examination()["run"].replace("https://", "http://")
    bash = shutil.which("bash")
    assert bash

    done = subprocess.run([bash, "-e", "-c", script], cwd=tmp_path, check=False, capture_output=True)  # noqa: S603 our own

    assert done.returncode == ends, done.stderr
    if client:
        (principal,) = Door.forged
        assert principal["auth_typ"] == "aad"
        assert {"roles", "oid"} <= {claim["typ"].rpartition("/")[2] for claim in principal["claims"]}
    else:
        assert Door.forged == [], "there is no function to ask"


def test_the_examination_knows_whether_somebody_can_sign_in() -> None:
    scripts = "\n".join(step.get("run", "") for step in WORKFLOW["jobs"]["deploy"]["steps"])

    assert scripts.index('azd env set SIGN_IN_CLIENT_ID "$SIGN_IN_CLIENT_ID"') < scripts.index("azd env get-values >")
    assert "WEB_HOST_NAME" in main().outputs
