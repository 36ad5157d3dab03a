"""The custom topic as the real SDK publishes to it, and the storage topic, both delivered to Service Bus."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.core.messaging import CloudEvent
from azure.eventgrid import EventGridEvent, EventGridPublisherClient
from azure.eventgrid.aio import EventGridPublisherClient as AioEventGridPublisherClient
from azure.servicebus import ServiceBusClient, ServiceBusReceiver
from azure.storage.blob import BlobServiceClient

QUEUE = "from-event-grid"


@pytest.fixture(scope="module")
def receiver(host) -> Iterator[ServiceBusReceiver]:
    with (
        ServiceBusClient.from_connection_string(host.endpoints["serviceBus"]) as client,
        client.get_queue_receiver(QUEUE) as receiver,
    ):
        yield receiver


def publisher(host, key: str | None = None) -> EventGridPublisherClient:
    topic = host.endpoints["eventGrid"]
    return EventGridPublisherClient(topic["endpoint"], AzureKeyCredential(key or topic["key"]))


def paid(subject: str = "orders/1", **data: Any) -> CloudEvent:
    return CloudEvent(source="/shop", type="order.paid.v1", subject=subject, data=data)


def receive(receiver: ServiceBusReceiver, count: int) -> dict[str, Any]:
    """Complete the next `count` messages and return them by message id."""
    received = {}
    while len(received) < count:
        messages = receiver.receive_messages(count, max_wait_time=10)
        assert messages, f"{len(received)} of {count} messages came"
        for message in messages:
            received[message.message_id] = message
            receiver.complete_message(message)
    return received


def test_events_reach_the_queue_whose_filter_accepts_them(host, receiver) -> None:
    wanted = [paid(amount=n) for n in range(3)]
    others = [paid("carts/1"), CloudEvent(source="/shop", type="order.lost.v1", subject="orders/1")]
    with publisher(host) as client:
        client.send([*others, *wanted])
    received = receive(receiver, 3)
    assert set(received) == {event.id for event in wanted}
    message = received[wanted[2].id]
    assert message.content_type == "application/cloudevents+json"
    event = CloudEvent.from_dict(json.loads(str(message)))

    assert (event.type, event.subject, event.source, event.data) == (
        "order.paid.v1",
        "orders/1",
        "/shop",
        {"amount": 2},
    )


async def test_the_asynchronous_sdk_publishes_one_event(host, receiver) -> None:
    topic, event = host.endpoints["eventGrid"], paid()
    async with AioEventGridPublisherClient(topic["endpoint"], AzureKeyCredential(topic["key"])) as client:
        await client.send(event)
    assert set(receive(receiver, 1)) == {event.id}


def test_a_wrong_key_is_refused(host) -> None:
    with publisher(host, "guess") as client, pytest.raises(ClientAuthenticationError):
        client.send(paid())


def test_events_in_event_grid_s_own_schema_are_refused_with_the_reason(host) -> None:
    event = EventGridEvent(subject="orders/1", event_type="order.paid.v1", data={}, data_version="1")
    with publisher(host) as client, pytest.raises(HttpResponseError, match="CloudEvents"):
        client.send(event)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"[", 400, "not JSON"),
        (b"[" * 100_000, 400, "not JSON"),
        (b"[NaN]", 400, "NaN"),
        ([{"specversion": "1.0", "id": "1", "source": "/s"}], 400, "0.type"),
        ([{"specversion": "0.3", "id": "1", "source": "/s", "type": "t"}], 400, "specversion"),
        ({}, 400, "list"),
        (b"[" + b" " * 1024 * 1024 + b"]", 413, "larger"),
    ],
)
def test_a_bad_batch_is_refused_with_the_place(host, body: Any, status: int, says: str) -> None:
    headers = {
        "Content-Type": "application/cloudevents-batch+json",
        "aeg-sas-key": host.endpoints["eventGrid"]["key"],
    }
    answer = host.call("POST", "/eventgrid/api/events", body, headers)
    assert answer.status == status
    assert says in answer.json()["error"]["message"]


def test_a_new_blob_is_announced_and_its_metadata_is_not(host, receiver) -> None:
    name = f"folder/é #{uuid.uuid4().hex}.bin"
    with BlobServiceClient.from_connection_string(host.endpoints["storage"]) as client:
        blob = client.create_container("watched").upload_blob(name, b"12345")
        etag = blob.get_blob_properties().etag.strip('"')
        host.advance(0)
        blob.set_blob_metadata({"seen": "yes"})
        host.advance(0)
    (message,) = receive(receiver, 1).values()
    event = json.loads(str(message))
    assert event["type"] == "Microsoft.Storage.BlobCreated"
    assert event["subject"] == f"/blobServices/default/containers/watched/blobs/{name}"
    assert event["id"] != message.message_id, "its subscription has no mapping, so the id is Event Grid's own"
    data = event["data"]

    assert (data["api"], data["eTag"], data["contentLength"], data["blobType"]) == ("PutBlob", etag, 5, "BlockBlob")
    assert data["url"] == blob.url
    assert receiver.peek_messages(10) == []
