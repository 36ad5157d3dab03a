"""Functions of every trigger, driven by the real SDKs through a devhost process."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.storage.blob import BlobServiceClient, ContainerClient, ContentSettings
from azure.storage.queue import QueueClient

pytestmark = pytest.mark.usefixtures("host")


@pytest.fixture(scope="module")
def host(new_host):
    host = new_host()
    host.options.append("--auth-level-keys")
    return host.start()


@pytest.fixture(scope="module")
def documents(host) -> Iterator[ContainerClient]:
    with BlobServiceClient.from_connection_string(host.endpoints["storage"]) as client:
        yield client.create_container("documents")


@pytest.fixture(scope="module")
def bus(host) -> Iterator[ServiceBusClient]:
    with ServiceBusClient.from_connection_string(host.endpoints["serviceBus"]) as client:
        yield client


def send(bus: ServiceBusClient, queue: str, *messages: ServiceBusMessage) -> None:
    with bus.get_queue_sender(queue) as sender:
        sender.send_messages(list(messages))


def test_a_new_blob_reaches_a_function_as_a_client_and_as_a_stream(host, documents) -> None:
    settings = ContentSettings(content_type="text/x-test")
    documents.upload_blob("folder one/é #1.txt", b"content", metadata={"kind": "test"}, content_settings=settings)
    seen = host.until_seen("on_blob_client", name="folder one/é #1.txt")
    assert seen["etag"] == documents.get_blob_client("folder one/é #1.txt").get_blob_properties().etag
    stream = host.until_seen("on_blob_stream", name="documents/folder one/é #1.txt")

    assert (stream["content"], stream["length"]) == ("content", 7)
    assert (stream["metadata"], stream["type"]) == ({"kind": "test"}, "text/x-test")
    assert stream["uri"] == documents.get_blob_client("folder one/é #1.txt").url


def test_a_new_blob_costs_no_listing_however_many_there_are(host, documents) -> None:
    for number in range(40):
        documents.upload_blob(f"many/{number}", b"x")
    for number in range(40):
        host.until_seen("on_blob_client", name=f"many/{number}")
    host.advance(0)
    before = host.storage_requests()
    documents.upload_blob("many/one more", b"x")
    host.until_seen("on_blob_client", name="many/one more")
    host.advance(0)
    asked = host.storage_requests()[len(before) :]

    assert [line for line in asked if "comp=list" in line] == []
    assert len(asked) < 10, asked


def test_a_blob_that_does_not_match_the_path_fires_only_what_matches(host, documents) -> None:
    documents.upload_blob("flat.txt", b"x")
    host.until_seen("on_blob_client", name="flat.txt")
    host.advance(1)
    assert not host.seen("on_blob_stream", name="documents/flat.txt")


def test_an_overwritten_blob_fires_again_and_a_read_one_does_not(host, documents) -> None:
    first = documents.upload_blob("twice.bin", b"1").get_blob_properties().etag
    host.until_seen("on_blob_client", name="twice.bin", etag=first)
    documents.download_blob("twice.bin").readall()
    second = documents.upload_blob("twice.bin", b"2", overwrite=True).get_blob_properties().etag
    host.until_seen("on_blob_client", name="twice.bin", etag=second)
    host.advance(1)

    assert len(host.seen("on_blob_client", name="twice.bin")) == 2


def test_a_blob_that_fails_five_times_is_reported_on_the_poison_queue(host, documents) -> None:
    documents.upload_blob("bad.bin", b"x")
    host.advance(1)
    with QueueClient.from_connection_string(host.endpoints["storage"], "webjobs-blobtrigger-poison") as queue:
        received = queue.receive_message()
    assert received
    message = json.loads(base64.b64decode(received.content))

    assert (message["ContainerName"], message["BlobName"], message["BlobType"]) == ("documents", "bad.bin", "BlockBlob")
    assert message["FunctionId"].endswith("on_blob_client")
    assert host.output.count("this blob is bad") == 2 * 5  # each failure's own line and its traceback's


def test_a_message_arrives_with_its_metadata_and_a_context(host, bus) -> None:
    message = ServiceBusMessage(
        "hello é",
        message_id="m-1",
        correlation_id="c-1",
        subject="greeting",
        application_properties={"tries": 2, "kind": "test"},
    )
    send(bus, "orders", message)
    seen = host.until_seen("on_order", id="m-1")

    assert (seen["body"], seen["correlation"], seen["subject"], seen["count"]) == ("hello é", "c-1", "greeting", 1)
    assert seen["properties"] == {"tries": 2, "kind": "test"}
    assert seen["enqueued"].endswith("+00:00")
    assert seen["context"] == ["on_order", 36]


def test_a_message_whose_function_fails_is_dead_lettered_after_the_entity_s_tries(host, bus) -> None:
    send(bus, "orders", ServiceBusMessage("poison"))
    seen = host.until_seen("on_dead_order", body="poison")
    assert seen["properties"]["DeadLetterReason"] == "MaxDeliveryCountExceeded"
    assert host.output.count("ValueError: this order is poison") == 3


def test_a_function_longer_than_the_lock_runs_once(host, bus) -> None:
    send(bus, "orders", ServiceBusMessage("slow 6.5", message_id="slow"))  # the queue locks for 5 s
    assert host.until_seen("on_order", id="slow")["count"] == 1
    host.advance(1)
    assert len(host.seen("on_order", id="slow")) == 1


def test_cardinality_many_gets_messages_together(host, bus) -> None:
    send(bus, "batches", *(ServiceBusMessage(f"b{n}", message_id=f"id{n}") for n in range(3)))
    seen = host.until_seen("on_batch")
    assert seen["bodies"] == ["b0", "b1", "b2"]
    assert seen["ids"] == ["id0", "id1", "id2"]


def test_a_binary_body_arrives_as_it_was_sent(host, bus) -> None:
    send(bus, "binaries", ServiceBusMessage(b"\xff\x00\xfe"))
    host.until_seen("on_binary", body=[255, 0, 254])


def test_a_topic_s_subscription_triggers(host, bus) -> None:
    with bus.get_topic_sender("news") as sender:
        sender.send_messages(ServiceBusMessage("new"))
    host.until_seen("on_news", body="new")


def test_each_session_runs_in_order_and_no_more_sessions_at_once_than_host_json_says(host, bus) -> None:
    words = [(session, word) for word in ("1", "fails once", "3") for session in "abc"]
    send(bus, "conversations", *(ServiceBusMessage(word, session_id=session) for session, word in words))
    for session in "abc":
        host.until_seen("on_word", session=session, word="3", running=False)

    told = host.seen("on_word")
    running: set[str] = set()
    most = 0
    for entry in told:
        (running.add if entry["running"] else running.discard)(entry["session"])
        if entry["running"] and (entry["word"], entry["count"]) == ("fails once", 1):
            running.discard(entry["session"])
        most = max(most, len(running))

    assert most == 2
    for session in "abc":
        runs = [(entry["word"], entry["count"]) for entry in told if entry["session"] == session and entry["running"]]
        assert runs == [("1", 1), ("fails once", 1), ("fails once", 2), ("3", 1)]


def test_a_request_arrives_whole_and_the_answer_returns_whole(host) -> None:
    answer = host.call(
        "POST", "/api/Echo/a%20b/7?q=1&q=2&empty=", b"\x00\xff", {"X-Test": "t", "Content-Encoding": "gzip"}
    )
    assert answer.status == 201
    assert answer.headers["x-answer"] == "yes"
    route = {"word": "a b", "number": "7"}

    assert answer.json() == {"route": route, "query": {"q": "1,2"}, "header": "t", "body": [0, 255]}


@pytest.mark.parametrize(("body", "read"), [(b'{"a": [1]}', {"a": [1]}), (b"", "ValueError"), (b"\xff", "ValueError")])
def test_a_body_is_read_as_json_where_it_is_json(host, body: bytes, read: object) -> None:
    answer = host.call("POST", "/api/typed", body, {"cookie": "a=1; b=2"})
    assert answer.json() == [read, "a=1; b=2"]
    assert (answer.headers["Set-Cookie"], answer.headers["Content-Type"]) == ("seen=yes; path=/", "application/json")


def test_an_answer_may_be_empty_or_binary(host) -> None:
    assert (host.call("GET", "/api/nothing").status, host.call("GET", "/api/nothing").body) == (200, b"")
    assert host.call("GET", "/api/nothing?binary=1").body == b"\x00\xff"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/echo/word", 201),
        ("GET", "/api/echo/word/seven", 404),
        ("DELETE", "/api/echo/word", 405),
        ("GET", "/api/fails", 500),
        ("GET", "/echo/word", 404),
    ],
)
def test_routes_methods_and_failures_have_their_status(host, method: str, path: str, status: int) -> None:
    assert host.call(method, path).status == status


@pytest.mark.parametrize(
    ("route", "key", "status"),
    [
        ("keyed", "functionKey", 200),
        ("keyed", "adminKey", 200),
        ("keyed", None, 401),
        ("guarded", "functionKey", 401),
        ("guarded", "adminKey", 200),
        ("guarded", None, 401),
    ],
)
def test_an_http_function_asks_for_the_key_of_its_level(host, route: str, key: str | None, status: int) -> None:
    value = host.endpoints[key] if key else "guess"
    assert host.call("GET", f"/api/{route}", headers={"x-functions-key": value}).status == status
    assert host.call("GET", f"/api/{route}?{urlencode({'code': value})}").status == status
    refused = host.call("GET", f"/api/{route}")
    wanted = "functionKey" if route == "keyed" else "adminKey"
    assert (refused.status, refused.body.decode()) == (
        401,
        f"{route} needs the {wanted} of endpoints.json in the state folder: in header x-functions-key or query"
        " parameter code.\n",
    )


def test_a_wrong_key_in_the_header_is_not_made_good_by_the_query(host) -> None:
    path = f"/api/keyed?code={host.endpoints['functionKey']}"
    assert host.call("GET", path, headers={"x-functions-key": "guess"}).status == 401


def test_status_shows_routes_with_their_level_and_the_key(host) -> None:
    said = host.command("status").stdout
    assert f"{host.endpoints['http']}/api/keyed (function)" in said
    assert host.endpoints["functionKey"] in said
    assert host.endpoints["adminKey"] not in said


def test_a_foreign_host_header_is_refused(host) -> None:
    assert host.call("GET", "/api/echo/word", headers={"Host": "evil.example:80"}).status == 403


def test_a_timer_runs_on_start_and_a_disabled_function_never(host) -> None:
    host.until_seen("at_start", past_due=False)
    assert host.admin("GET", "/admin/status").json()["disabled"] == ["never_runs"]
    assert not host.seen("never_runs")


def test_an_orchestration_started_by_a_function_expires_when_the_clock_is_advanced(host) -> None:
    review = uuid.uuid4().hex
    started = host.call("PUT", f"/api/approvals/{review}", {}, {"content-type": "application/json"})
    assert started.status == 202
    before = len(host.seen("every_night"))
    host.advance(71 * 3600)
    assert not host.seen("conclude", id=review)
    host.advance(1.01 * 3600)
    assert host.seen("conclude", id=review) == [{"function": "conclude", "id": review, "outcome": "expired"}]
    nights = host.seen("every_night")[before:]
    assert nights[0]["past_due"] is True
    assert len(nights) <= 2  # once for each advance that passed 3 o'clock, however many nights it skipped
    status = host.call("GET", started.json()["statusQueryGetUri"].removeprefix(host.endpoints["http"])).json()

    assert (status["runtimeStatus"], status["output"]) == ("Completed", f"{review} is expired")


def test_an_event_reaches_the_waiting_orchestration(host) -> None:
    review = uuid.uuid4().hex
    started = host.call("PUT", f"/api/approvals/{review}", {}, {"content-type": "application/json"}).json()
    uri = started["sendEventPostUri"].removeprefix(host.endpoints["http"]).replace("{eventName}", "approved")
    assert host.call("POST", uri, {}, {"content-type": "application/json"}).status == 202
    host.until_seen("conclude", id=review, outcome="approved")


def test_the_clock_does_not_move_while_a_function_runs_too_long(host, bus) -> None:
    send(bus, "orders", ServiceBusMessage("slow 2", message_id="blocks"))
    before = host.admin("GET", "/admin/clock").json()["offsetSeconds"]
    answer = host.admin("POST", "/admin/clock/advance", {"seconds": 3600, "settleWithin": 0.3})
    assert answer.status == 409
    assert "on_order" in answer.json()["error"]
    assert host.admin("GET", "/admin/clock").json()["offsetSeconds"] == before
    host.until_seen("on_order", id="blocks")


def test_the_admin_calls_need_the_key_and_a_sensible_body(host) -> None:
    assert host.call("GET", "/admin/clock").status == 401
    assert host.call("POST", "/admin/clock/advance", {"seconds": 1}, {"x-functions-key": "guess"}).status == 401
    for body in (b"no json", {"seconds": -1}, {"hours": 1}):
        assert host.admin("POST", "/admin/clock/advance", body).status == 400
