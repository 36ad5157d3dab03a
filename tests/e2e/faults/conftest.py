"""A stack whose app reaches storage through the fault proxy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.stack.devhost_process import DevhostProcess
from local.stack.endpoints import Endpoints
from local.stack.running import own_stack
from tests.e2e.faults.fault_proxy import FaultProxy
from tests.e2e.faults.faulty_stack import FaultyStack


@pytest.fixture(scope="module")
def proxied(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStack]:
    """Documents come by BlobCreated events here: devhost's blob trigger listens to its own storage only."""
    state = tmp_path_factory.mktemp("proxied")
    with DevhostProcess(state, app=None) as services:
        storage = Endpoints.from_devhost(state).storage  # the next start on this state keeps its ports and keys
        services.kill()  # the next start takes its storage over, which would take longer to start than all the rest
        with (
            FaultProxy(storage) as proxy,
            own_stack(state, {**settings, "Documents": proxy.connection_string}, upload_route="events") as stack,
        ):
            assert stack.host
            yield FaultyStack(stack, stack.host, proxy)


@pytest.fixture
def faulty(proxied: FaultyStack) -> Iterator[FaultyStack]:
    """No fault outlives its test."""
    yield proxied
    proxied.proxy.lift_all()
