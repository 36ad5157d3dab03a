"""Somebody at the front door, whose requests carry secrets where they belong and where they do not."""

from __future__ import annotations

import json
import re
from http.cookiejar import CookieJar
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.e2e.faults.canaries import Canaries

_PLATFORM: Final = ("X-MS-CLIENT-PRINCIPAL", "X-MS-TOKEN-AAD-ID-TOKEN", "X-MS-TOKEN-AAD-ACCESS-TOKEN")
_HIDDEN: Final = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


class SecretVisitor:
    """A person who has signed in. Their session, their form's token and what they send in headers are secrets."""

    def __init__(self, canaries: Canaries, name: str) -> None:
        self._address = json.loads((canaries.state / "endpoints.json").read_text())["http"]
        self._canaries = canaries
        cookies = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(cookies))
        self._opener.addheaders = [
            ("Origin", self._address),
            ("Authorization", f"Bearer {canaries.secret('bearer token')}"),
            *((header, canaries.secret(header)) for header in _PLATFORM),
        ]
        self.ask("/.auth/login/aad", userName=name)
        for cookie in cookies:
            canaries.secrets["session cookie"] = str(cookie.value)

    def ask(self, path: str, **fields: str) -> int:
        """Open a page, or send a form with these fields. Returns the status of the answer."""
        return self._ask(path, **fields)[0]

    def decide(self, review_id: str, comment: str) -> list[int]:
        """Approve on a review's page: by its form, by one that was made up, and with its token in wrong places."""
        path = f"/reviews/{review_id}"
        form = dict(_HIDDEN.findall(self._ask(path)[1]))
        self._canaries.secrets["form token"] = form["form"]
        said = {"decision": "approve", "comment": comment}
        forged = form | {"form": self._canaries.secret("forged form token")}
        return [
            self.ask(f"{path}/decisions", **forged, **said),
            self.ask(f"{path}/x?{urlencode(form)}"),
            self.ask(f"/api/v1/reviews/{review_id}/decisions", **form),
            self.ask(f"{path}/decisions", **form, **said),
        ]

    def _ask(self, path: str, **fields: str) -> tuple[int, str]:
        body = urlencode(fields).encode() if fields else None
        try:
            with self._opener.open(Request(self._address + path, body)) as answer:  # noqa: S310 our own host
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
