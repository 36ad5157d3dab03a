"""Sign-in as by App Service Authentication, by hand and in a browser."""

from __future__ import annotations

import base64
import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from devhost.clock import Clock
from devhost.sign_in.people_file import Person
from devhost.sign_in.sessions import COOKIE, Sessions

ANN, GUEST = "ann@contoso.example", "guest@fabrikam.example"
OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
TENANT_ID = "http://schemas.microsoft.com/identity/claims/tenantid"
LOGIN = "/.auth/login/aad"
BROWSER = {"User-Agent": "Mozilla/5.0"}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def host(new_host):
    host = new_host("who_am_i")
    host.options = ["--auth", str(host.app / "people.json")]
    return host.start()


class Visitor:
    """A client that keeps its cookies and follows redirects."""

    def __init__(self, host: Any) -> None:
        self.base = host.endpoints["http"]
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        return self._open(urllib.request.Request(self.base + path, headers=headers))  # noqa: S310  (the host under test)

    def post(self, path: str, form: dict[str, str], **headers: str) -> tuple[int, str]:
        body = urllib.parse.urlencode(form).encode()
        return self._open(urllib.request.Request(self.base + path, body, headers=headers))  # noqa: S310  (as above)

    def claims(self) -> dict[str, list[str]]:
        """Return the claims that the app sees, by their type."""
        status, body = self.get("/api/who")
        assert status == 200, body
        found: dict[str, list[str]] = {}
        for claim in json.loads(body)["claims"]:
            found.setdefault(claim["typ"], []).append(claim["val"])
        return found

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self._opener.open(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def visitor(host) -> Visitor:
    return Visitor(host)


def test_who_is_not_signed_in_reaches_the_app_as_nobody(visitor: Visitor) -> None:
    assert visitor.get("/api/who")[0] == 401
    assert visitor.get("/.auth/me") == (401, f"Nobody is signed in: {LOGIN} does that.\n")


def test_somebody_of_the_file_signs_in_and_out(visitor: Visitor) -> None:
    assert visitor.post(LOGIN, {"userName": ANN.upper(), "post_login_redirect_uri": "/api/who?x=1"})[0] == 200
    claims = visitor.claims()
    assert (claims["preferred_username"], claims["name"], claims["roles"]) == ([ANN], ["Ann Lee"], ["Reviewer"])
    assert claims["iss"] == [f"https://login.microsoftonline.com/{claims[TENANT_ID][0]}/v2.0"]
    (me,) = json.loads(visitor.get("/.auth/me")[1])
    assert (me["provider_name"], me["user_id"]) == ("aad", ANN)
    assert {claim["typ"] for claim in me["user_claims"]} == claims.keys()

    assert "You have signed out." in visitor.get("/.auth/logout")[1]
    assert visitor.get("/api/who")[0] == 401


def test_claims_and_tenant_of_the_file_replace_those_of_the_token(visitor: Visitor) -> None:
    visitor.post(LOGIN, {"userName": GUEST})
    claims = visitor.claims()
    assert (claims["acct"], claims[TENANT_ID]) == (["1"], ["5d7b1f4e-0000-4000-8000-000000000002"])
    assert "roles" not in claims


def test_somebody_who_is_typed_has_the_name_id_and_roles_typed(visitor: Visitor) -> None:
    typed = {"userName": "Zoë", "name": "Zoë <b>", "oid": "5d7b1f4e-0000-4000-8000-000000000009", "roles": "A\nB"}
    visitor.post(LOGIN, typed)
    claims = visitor.claims()
    assert (claims["name"], claims[OBJECT_ID], claims["roles"]) == (["Zoë <b>"], [typed["oid"]], ["A", "B"])


@pytest.mark.parametrize("form", [{}, {"userName": " "}, {"userName": "a\nb"}, {"userName": "a", "oid": "17"}])
def test_who_cannot_be_is_refused(visitor: Visitor, form: dict[str, str]) -> None:
    status, text = visitor.post(LOGIN, form)
    assert (status, text.startswith("Nobody can sign in like that: ")) == (400, True)


def test_the_settings_of_the_platform_are_there_and_nobody_else_may_set_them(host, new_host, tmp_path) -> None:
    values = json.loads(host.command("settings").stdout)["Values"]
    assert (values["WEBSITE_AUTH_ENABLED"], len(values["WEBSITE_AUTH_CLIENT_ID"])) == ("True", 36)
    other = new_host(None)
    other.options, other.environment = host.options, {"WEBSITE_AUTH_ENABLED": "false"}
    other.process = other.launch()
    assert other.process.wait() == 1
    assert "WEBSITE_AUTH_ENABLED is set by the platform (--auth): remove it from the environment." in other.output
    other.process = None


@pytest.mark.parametrize("header", ["X-MS-CLIENT-PRINCIPAL", "x-ms-client-principal-id", "X-Ms-Token-Aad-Id-Token"])
def test_headers_of_the_platform_are_stripped_from_outside(visitor: Visitor, header: str) -> None:
    forged = base64.b64encode(b'{"claims": []}').decode()
    assert visitor.get("/api/who", **{header: forged})[0] == 401
    visitor.post(LOGIN, {"userName": ANN})
    assert '"val": "Ann Lee"' in visitor.get("/api/who", **{header: forged})[1]


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "http://127.0.0.1:1/x", "javascript:alert(1)", "http://["]
)
def test_one_never_goes_on_to_another_host(visitor: Visitor, target: str) -> None:
    assert visitor.get(f"{LOGIN}?{urllib.parse.urlencode({'post_login_redirect_uri': target})}")[0] == 400
    assert visitor.post(LOGIN, {"userName": ANN, "post_login_redirect_uri": target})[0] == 400
    assert visitor.get(f"/.auth/logout?{urllib.parse.urlencode({'post_logout_redirect_uri': target})}")[0] == 400
    assert list(visitor.cookies) == []


def test_a_page_of_another_origin_can_neither_sign_in_nor_post(visitor: Visitor) -> None:
    foreign = BROWSER | {"Origin": "https://evil.example"}
    assert visitor.post(LOGIN, {"userName": ANN}, **foreign)[0] == 403
    visitor.post(LOGIN, {"userName": ANN}, Origin=visitor.base)
    for headers in (foreign, BROWSER, BROWSER | {"Origin": "null"}):
        assert visitor.post("/api/who", {}, **headers)[0] == 403
    assert visitor.post("/api/who", {}, **BROWSER, Referer=f"{visitor.base}/form")[0] == 200
    assert visitor.post("/api/who", {}, **BROWSER, Origin="http://localhost:3000")[0] == 200  # Host.CORS trusts it
    assert visitor.post("/api/who", {})[0] == 200  # a program


def test_only_microsoft_entra_signs_in(visitor: Visitor) -> None:
    assert visitor.get("/.auth/login/google")[0] == 404


def test_a_session_ends_in_host_time(host, visitor: Visitor) -> None:
    visitor.post(LOGIN, {"userName": ANN})
    host.advance(59 * 60)
    assert visitor.get("/api/who")[0] == 200
    host.advance(60)
    assert visitor.get("/api/who")[0] == 401


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: "x" + c, lambda c: c.split(".")[0], lambda c: ""])
def test_a_changed_cookie_is_nobody_s(change) -> None:
    sessions = Sessions("key", 60, Clock())
    cookie = sessions.begin(Person(user_name=ANN))
    assert (principal := sessions.find(cookie)) is not None
    assert principal.person.user_name == ANN
    assert sessions.find(change(cookie)) is None
    assert Sessions("other", 60, Clock()).find(cookie) is None


@pytest.fixture
def page(host) -> Iterator[Page]:
    if not CHROMIUM:
        pytest.skip("no Chromium is installed (Debian and Ubuntu: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(base_url=host.endpoints["http"])
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        yield page
        browser.close()
    assert [error for error in errors if "Content Security" in error] == []


def test_in_a_browser_one_picks_a_person_and_signs_out(page: Page) -> None:
    page.goto(f"{LOGIN}?post_login_redirect_uri=/api/who")
    page.get_by_role("button", name="Ann Lee").click()
    assert page.url.endswith("/api/who")
    assert '"val": "Ann Lee"' in page.content()
    (cookie,) = page.context.cookies()
    assert (cookie.get("name"), cookie.get("httpOnly"), cookie.get("sameSite")) == (COOKIE, True, "Lax")
    page.goto("/.auth/logout")
    page.get_by_role("link", name="Sign in again").click()

    page.get_by_label("User name").fill("zoe@contoso.example")
    page.get_by_label("Roles, one a line").fill("Auditor\nReviewer")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Go on").wait_for()
    page.goto("/api/who")
    assert '"val": "Auditor"' in page.content()


def test_the_start_shows_how_each_function_is_reached(host) -> None:
    assert f"    who: [GET,POST] {host.endpoints['http']}/api/who\n" in host.output
