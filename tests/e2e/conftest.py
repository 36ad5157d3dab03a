"""The stack that the end-to-end tests run against.

By default a devhost of our own, one per test module and road. With COMPLIANCE_E2E_SETTINGS=<local.settings.json of a
running app> the same tests run against that host; those that must kill the host or move its clock are skipped there.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.stack.devhost_process import DevhostProcess, Road
from local.stack.endpoints import Endpoints
from local.stack.running import Stack, other_stack, own_stack
from tests.e2e.fault_proxy import FaultProxy

_OTHER_HOST = os.environ.get("COMPLIANCE_E2E_SETTINGS")


@pytest.fixture(scope="module")
def road() -> Road:
    """How the app learns of new documents; modules and parameters may say otherwise."""
    return "both"


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """App settings over the usual ones; modules may need some."""
    return {}


@pytest.fixture(scope="module")
def stack(road: Road, settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The app on a host, with everybody around it."""
    if _OTHER_HOST:
        with other_stack(Path(_OTHER_HOST)) as stack:
            yield stack
        return
    with own_stack(tmp_path_factory.mktemp("stack"), settings, road) as stack:
        yield stack


@pytest.fixture
def host(stack: Stack) -> DevhostProcess:
    """The host itself, where it is ours."""
    if stack.host is None:
        pytest.skip("needs a host of our own: COMPLIANCE_E2E_SETTINGS names another one")
    return stack.host


@pytest.fixture
def folder() -> str:
    """A name prefix of this test alone, for the stack may hold other documents."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class FaultyStack:
    """A stack whose app reaches its documents and its ledger through a proxy; everybody else goes straight there."""

    stack: Stack
    host: DevhostProcess
    proxy: FaultProxy


@pytest.fixture(scope="module")
def proxied(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStack]:
    """Documents come by BlobCreated events here: devhost's blob trigger listens to its own storage only."""
    state = tmp_path_factory.mktemp("proxied")
    with DevhostProcess(state, app=None) as services:
        storage = Endpoints.from_devhost(state).storage  # the next start on this state keeps its ports and keys
        services.kill()  # the next start takes its storage over, which would take longer to start than all the rest
        with (
            FaultProxy(storage) as proxy,
            own_stack(state, {**settings, "Documents": proxy.connection_string}, road="events") as stack,
        ):
            assert stack.host
            yield FaultyStack(stack, stack.host, proxy)


@pytest.fixture
def faulty(proxied: FaultyStack) -> Iterator[FaultyStack]:
    """No fault outlives its test."""
    yield proxied
    proxied.proxy.lift_all()
