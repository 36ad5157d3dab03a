"""The platform of all tests of the front door: authentication is on."""

from __future__ import annotations

import pytest

from tests.unit.web.house import PLATFORM


@pytest.fixture(autouse=True)
def _platform(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PLATFORM.items():
        monkeypatch.setenv(name, value)
