"""The ports that a host takes, also if somebody takes them at the same time."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from devhost.listening import USUAL_PORTS, Ports, listening_socket
from devhost.storage.azurite import SERVICES, Azurite

ANY = Ports({}, automatic=True)


def test_automatic_ports_are_free_and_all_different() -> None:
    ports = ANY.free(USUAL_PORTS)
    assert ports.keys() == USUAL_PORTS.keys()
    assert len(set(ports.values())) == len(ports)
    assert not set(ports.values()) & set(USUAL_PORTS.values())


def test_the_ports_of_the_last_run_are_taken_again() -> None:
    before = ANY.free(USUAL_PORTS)
    again = Ports(before, automatic=True)
    assert again.free(SERVICES) == {service: before[service] for service in SERVICES}
    with again.listen("http") as http:
        assert http.getsockname()[1] == before["http"]


def test_a_port_that_somebody_else_has_is_replaced_and_named(caplog: pytest.LogCaptureFixture) -> None:
    before = ANY.free(USUAL_PORTS)
    ports = Ports(before, automatic=True)
    with listening_socket(before["http"]), ports.listen("http") as other:
        port = other.getsockname()[1]
        ports.warn_of_others({**before, "http": port})

    assert port != before["http"]
    assert caplog.messages == [f"Port {before['http']} is in use: http listens on {port} instead"]


def test_many_who_want_one_port_at_once_all_get_one() -> None:
    ports = Ports(ANY.free(["http"]), automatic=True)
    together, taken = threading.Barrier(8), []

    def take() -> None:
        together.wait()
        taken.append(ports.listen("http"))

    threads = [threading.Thread(target=take) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = {listener.getsockname()[1] for listener in taken}
    for listener in taken:
        listener.close()

    assert len(numbers) == len(threads)
    assert ports.remembered["http"] in numbers


async def test_azurite_is_started_again_if_a_port_is_taken_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ANY.free(SERVICES)
    chosen = iter([wanted, ANY.free(SERVICES)])
    monkeypatch.setattr(Ports, "free", lambda *_: next(chosen))
    azurite = Azurite(tmp_path, "a2V5", ANY)
    with listening_socket(wanted["queue"]):
        await azurite.start()
    try:
        assert not set(azurite.account.ports.values()) & {wanted["queue"]}
    finally:
        await azurite.stop()
