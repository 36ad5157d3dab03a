"""The stack that the end-to-end tests run against.

By default a devhost of our own, one per test module and upload route. With COMPLIANCE_E2E_SETTINGS=<local.settings.json
of a running app> the same tests run against that host; those that kill the host or move its clock are skipped.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack.devhost_process import DevhostProcess, UploadRoute
from local.stack.running import Stack, other_stack, own_stack

_OTHER_HOST = os.environ.get("COMPLIANCE_E2E_SETTINGS")


@pytest.fixture(scope="module")
def upload_route() -> UploadRoute:
    """Return how new documents reach the app; modules and parameters may override it."""
    return "both"


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """Return app settings over the usual ones; modules may need some."""
    return {}


@pytest.fixture(scope="module")
def stack(
    upload_route: UploadRoute, settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """Yield the app on a host, with everybody around it."""
    if _OTHER_HOST:
        with other_stack(Path(_OTHER_HOST)) as stack:
            yield stack
        return
    with own_stack(tmp_path_factory.mktemp("stack"), settings, upload_route) as stack:
        yield stack


@pytest.fixture
def host(stack: Stack) -> DevhostProcess:
    """Return the host, or skip the test if the host is not ours."""
    if stack.host is None:
        pytest.skip("needs a host of our own: COMPLIANCE_E2E_SETTINGS names another one")
    return stack.host


@pytest.fixture
def folder() -> str:
    """Return a name prefix for this test alone: the stack may hold other documents."""
    return str(uuid.uuid4())
