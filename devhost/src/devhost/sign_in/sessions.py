"""The session cookie: who signed in and when, signed with a key of the state folder."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json

from pydantic import ValidationError

from devhost.clock import Clock
from devhost.sign_in.people_file import Person
from devhost.sign_in.principal import Principal

COOKIE = "AppServiceAuthSession"  # its name on Azure


class Sessions:
    """Sessions of a fixed time, which ends in host time: `devhost clock advance` ends them, too."""

    def __init__(self, key: str, seconds: int, clock: Clock) -> None:
        self._key = key.encode()
        self._seconds = seconds
        self._clock = clock

    def begin(self, person: Person) -> str:
        """Return the cookie's value for somebody who signs in now."""
        content = {"person": person.model_dump(mode="json", by_alias=True), "at": int(self._clock.time())}
        payload = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
        return f"{payload}.{self._signature(payload)}"

    def find(self, cookie: str) -> Principal | None:
        """Return who is signed in, None if the cookie is not ours or its time is over."""
        payload, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(payload).encode()):
            return None
        try:
            content = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            principal = Principal(Person.model_validate(content["person"]), content["at"])
        except (binascii.Error, ValueError, ValidationError, KeyError):  # of an older devhost
            return None
        return principal if self._clock.time() < principal.at + self._seconds else None

    def expires(self, principal: Principal) -> int:
        """Return when a session ends, in Unix seconds of host time."""
        return principal.at + self._seconds

    def _signature(self, payload: str) -> str:
        return hmac.new(self._key, payload.encode(), hashlib.sha256).hexdigest()
