"""The ports that a host takes."""

from __future__ import annotations

import pytest

from devhost.listening import USUAL_PORTS, choose_ports, listening_socket


def test_automatic_ports_are_free_and_all_different() -> None:
    ports = choose_ports({}, automatic=True)
    assert ports.keys() == USUAL_PORTS.keys()
    assert len(set(ports.values())) == len(ports)
    assert not set(ports.values()) & set(USUAL_PORTS.values())


def test_the_ports_of_the_last_run_are_taken_again() -> None:
    before = choose_ports({}, automatic=True)
    assert choose_ports(before, automatic=True) == before


def test_a_port_that_somebody_else_has_by_now_is_replaced_and_the_others_kept() -> None:
    before = choose_ports({}, automatic=True)
    with listening_socket(before["http"]):
        after = choose_ports(before, automatic=True)
    assert after["http"] != before["http"]
    assert {**after, "http": 0} == {**before, "http": 0}


def test_a_port_that_somebody_else_has_is_named(caplog: pytest.LogCaptureFixture) -> None:
    before = choose_ports({}, automatic=True)
    with listening_socket(before["http"]):
        after = choose_ports(before, automatic=True)

    assert after["http"] != before["http"]
    assert f"Port {before['http']} is in use: http listens on {after['http']} instead" in caplog.messages
