"""Watching events and their deliveries, live and afterwards."""

from __future__ import annotations

import io
import json
import signal
import subprocess
from typing import Any

import pytest
from rich.console import Console

from devhost.commands.events import delivery_block
from devhost.event_grid.feed import EventFeed


def event(name: str, kind: str = "order.paid.v1") -> dict[str, Any]:
    return {"specversion": "1.0", "id": name, "source": "/shop", "type": kind, "subject": "orders/1"}


def call(host, method: str, path: str, body: object = None) -> Any:
    headers = {"aeg-sas-key": host.endpoints["eventGrid"]["key"], "Content-Type": "application/cloudevents+json"}
    return host.call(method, path, body, headers)


def read(tail: subprocess.Popen[str], kind: str, name: str) -> dict[str, Any]:
    """Return the next change of this kind of this event."""
    assert tail.stdout
    for line in tail.stdout:
        change = json.loads(line)
        if change["kind"] == kind and name in (change.get("id"), change.get("event", {}).get("id")):
            return change
    pytest.fail(f"the tail ended without a {kind} of {name}")


@pytest.fixture(scope="module")
def watched(host):
    """Return a host with a subscription that cannot be served."""
    body = {
        "destination": {"endpointType": "ServiceBusQueue", "entity": "nowhere"},
        "filter": {"includedEventTypes": ["lost.v1"]},
    }
    assert call(host, "PUT", "/eventgrid/subscriptions/to-nowhere", body).status == 200
    return host


def test_tail_shows_past_events_then_those_that_arrive_with_what_becomes_of_them(watched) -> None:
    assert call(watched, "POST", "/eventgrid/api/events", event("before")).status == 200
    with watched.follow("events", "tail", "--json") as tail:
        assert read(tail, "event", "before")["subscriptions"] == ["paid-to-queue"]
        call(watched, "POST", "/eventgrid/api/events", event("live"))
        assert read(tail, "event", "live")["event"] == event("live")
        delivered = read(tail, "delivery", "live")
        assert (delivered["subscription"], delivered["state"], delivered["attempts"]) == (
            "paid-to-queue",
            "delivered",
            1,
        )
        call(watched, "POST", "/eventgrid/api/events", event("gone", "lost.v1"))
        lost = read(tail, "delivery", "gone")
        assert (lost["state"], "no Service Bus entity 'nowhere'" in lost["outcome"]) == ("dead-lettered", True)
        tail.send_signal(signal.SIGINT)


def test_deliveries_are_listed_by_state_and_subscription(watched) -> None:
    call(watched, "POST", "/eventgrid/api/events", event("unserved", "lost.v1"))
    with watched.follow("events", "tail", "--json", "-n", "1") as tail:
        read(tail, "delivery", "unserved")
        tail.send_signal(signal.SIGINT)
    listed = watched.command("events", "deliveries", "--json", "--only", "dead-lettered")
    found = [json.loads(line) for line in listed.stdout.splitlines()]

    assert (found[0]["id"], found[0]["subscription"]) == ("unserved", "to-nowhere")
    assert {delivery["state"] for delivery in found} == {"dead-lettered"}
    assert watched.command("events", "deliveries", "--json", "--subscription", "nobody").stdout == ""
    rows = [line.split("\t") for line in watched.command("events", "deliveries").stdout.splitlines()]
    assert rows[0][:5] == ["unserved", "lost.v1", "to-nowhere", "dead-lettered", "1"]
    assert {len(row) for row in rows} == {6}


@pytest.mark.parametrize("query", ["last=x", "last=-1", "last=99999", "last=%C2%B2"])
def test_a_wrong_number_of_past_events_is_refused(watched, query: str) -> None:
    assert call(watched, "GET", f"/eventgrid/events?{query}").status == 400


def test_watching_needs_the_topic_s_key(watched) -> None:
    assert watched.call("GET", "/eventgrid/events").status == 401
    assert watched.call("GET", "/eventgrid/deliveries").status == 401


def test_a_tail_ends_when_the_host_stops(new_host) -> None:
    host = new_host(None).start()
    call(host, "POST", "/eventgrid/api/events", event("last"))
    with host.follow("events", "tail") as tail:
        assert tail.stdout
        assert "order.paid.v1 orders/1 last to nobody" in tail.stdout.readline()
        assert host.stop() == 0
        assert tail.wait(120) == 0


def test_a_delivery_on_a_terminal_fits_80_columns_with_its_whole_id() -> None:
    delivery = {
        "id": "0123456789abcdef" * 4,
        "type": "Microsoft.Storage.BlobCreated",
        "subscription": "uploads-to-queue",
        "state": "delivered",
        "attempts": 1,
        "outcome": None,
    }
    shown = io.StringIO()
    Console(file=shown, width=80).print(delivery_block(delivery))

    assert shown.getvalue().splitlines() == [
        f"delivered     {delivery['id']}",
        "  Microsoft.Storage.BlobCreated to uploads-to-queue, attempt 1",
    ]


async def test_a_follower_that_falls_far_behind_is_hung_up_on() -> None:
    feed = EventFeed()
    with feed.follow() as slow:
        for number in range(slow.maxsize + 1):
            feed.publish({"number": number})
        seen = [slow.get_nowait() for _ in range(slow.qsize())]
    assert (len(seen), seen[0], seen[-1]) == (slow.maxsize, {"number": 1}, None)
