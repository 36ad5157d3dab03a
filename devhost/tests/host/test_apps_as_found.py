"""An app with what other people's apps do, on one host with structured logs."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.storage.blob import BlobServiceClient

from .test_interrupted import running_on

WELL_KNOWN = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@pytest.fixture(scope="module")
def host(new_host):
    host = new_host("as_found")
    host.options.append("--json-logs")
    return host.start()


def lines(host) -> list[dict[str, Any]]:
    return [json.loads(line) for line in host.output.splitlines()]


def line(host, message: str) -> dict[str, Any]:
    """Wait for a structured line with this message."""
    host.until_logged(json.dumps(message)[1:-1])
    return next(entry for entry in lines(host) if entry["message"] == message)


def test_a_call_to_the_host_s_own_services_at_the_import_is_answered(host) -> None:
    assert host.call("GET", "/api/import").body == b"no queue"


def test_a_function_of_the_usual_level_is_open(host) -> None:
    assert (host.call("GET", "/").status, host.call("GET", "/api/out").status) == (200, 201)
    assert "Key of" not in host.command("status").stdout


def test_the_queue_of_a_trigger_is_there_without_a_file_of_entities(host) -> None:
    with ServiceBusClient.from_connection_string(host.endpoints["serviceBus"]) as bus:
        bus.get_queue_sender("startup").send_messages(ServiceBusMessage("sent"))
    assert line(host, "message sent")["function"] == "on_message"


def test_no_return_is_a_failure_and_an_output_parameter_is_an_answer(host) -> None:
    assert host.call("GET", "/api/forgotten").status == 500
    answer = host.call("GET", "/api/out")
    assert (answer.status, answer.body) == (201, b"set")


def test_the_first_route_by_the_function_s_name_answers(host) -> None:
    assert host.call("GET", "/api/items/recent").body == b"item recent"


def test_the_context_has_a_trace_and_no_retries_where_a_policy_has_no_effect(host) -> None:
    caller = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "tracestate": "x=1"}
    trace, state, retries = host.call("GET", "/api/context", headers=caller).body.decode().split(" ")
    assert (trace[:36], trace[36:52] != "b" * 16, trace[52:]) == (f"00-{'a' * 32}-", True, "-01")
    assert (state, retries) == ("x=1", "0")
    fresh = [host.call("GET", "/api/context").body.decode().split(" ")[0][:35] for _ in range(2)]
    assert fresh[0] != fresh[1]


@pytest.mark.parametrize(
    ("cookie", "sent"),
    [
        ("a=b", "a=b; path=/"),
        (
            "a=b; Secure; HttpOnly; SameSite=Lax; Path=/x; Domain=d; Max-Age=3; Expires=Sat, 14-Jan-2017 02:46:40 GMT",
            "a=b; expires=Sat, 14 Jan 2017 02:46:40 GMT; max-age=3; domain=d; path=/x; secure; samesite=lax; httponly",
        ),
        ("a=b; Expires=tomorrow", None),
    ],
)
def test_a_cookie_is_sent_as_azure_sends_it(host, cookie: str, sent: str | None) -> None:
    answer = host.call("GET", f"/api/cookie?set={cookie.replace(' ', '%20').replace(';', '%3B').replace('=', '%3D')}")
    assert (answer.status, answer.headers.get("Set-Cookie")) == ((200, sent) if sent else (500, None))


def test_a_container_that_storage_refuses_stops_no_other_trigger(host) -> None:
    with BlobServiceClient.from_connection_string(host.endpoints["storage"]) as blobs:
        blobs.create_container("good").upload_blob("one", b"x")
    assert line(host, "blob good/one")["function"] == "on_good"
    refused = [entry for entry in lines(host) if "Storage refuses the container PATH" in entry["message"]]
    assert len(refused) == 1
    assert "blob container PATH" in host.command("doctor").stdout


def test_the_well_known_key_does_not_open_storage_and_the_log_says_so(host) -> None:
    own = host.endpoints["storage"]
    key = own.partition("AccountKey=")[2].partition(";")[0]
    stranger = BlobServiceClient.from_connection_string(own.replace(key, WELL_KNOWN), retry_total=0)
    with stranger, pytest.raises(HttpResponseError):
        stranger.get_service_properties()
    host.until_logged("Storage has refused a client (403")


def test_a_function_is_run_by_hand(host) -> None:
    for name, given, said in [
        ("every_year", "", "year False"),
        ("on_message", "by hand", "message by hand"),
        ("on_good", "good/one", "blob good/one"),
    ]:
        assert host.call("POST", f"/admin/functions/{name}", {"input": given}).status == 202
        line(host, said)
    assert host.call("POST", "/admin/functions/on_good", {"input": "good/none"}).status == 400
    assert host.call("POST", "/admin/functions/out", {}).status == 400
    assert host.call("POST", "/admin/functions/unknown", {}).status == 404
    assert host.call("POST", "/admin/functions/every_year", {}, {"Origin": "https://evil.example"}).status == 401
    assert host.call("GET", "/admin/host/status").json()["state"] == "Running"


def test_functions_are_listed_for_tools_and_at_the_start(host) -> None:
    listed = {each["name"]: each for each in host.call("GET", "/admin/functions").json()}
    assert listed["out"]["invoke_url_template"] == f"{host.endpoints['http']}/api/out"
    assert [binding["type"] for binding in listed["out"]["config"]["bindings"]] == ["httpTrigger", "http"]
    assert (listed["on_message"]["invoke_url_template"], listed["on_message"]["isDisabled"]) == (None, False)
    assert host.call("GET", "/admin/functions/OUT/").json() == listed["out"]
    assert host.call("GET", "/admin/functions/unknown").status == 404
    assert host.call("GET", "/admin/functions", headers={"Origin": "https://evil.example"}).status == 401


def test_pages_of_the_settings_origins_may_call_functions_and_read_answers(host) -> None:
    page = {"Origin": "http://localhost:3000"}
    wants = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type,x-a"}
    before = host.call("OPTIONS", "/api/out", headers=page | wants)
    assert (before.status, before.body) == (204, b"")
    allowed = {name: text for name, text in before.headers.items() if name.startswith("Access-Control")}
    assert allowed == {
        "Access-Control-Allow-Origin": "http://localhost:3000",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "PUT",
        "Access-Control-Allow-Headers": "content-type,x-a",
    }
    for path, status in [("/api/out", 201), ("/api/forgotten", 500), ("/nothing", 404)]:
        answer = host.call("GET", path, headers=page)
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, page["Origin"])
        assert answer.headers["Vary"] == "Origin"


def test_no_other_page_may_and_none_may_call_the_host_itself(host) -> None:
    wants = {"Access-Control-Request-Method": "GET"}
    for origin, path in [
        ("https://evil.example", "/api/out"),
        ("null", "/api/out"),
        ("http://localhost:3000", "/admin/functions"),
        ("http://localhost:3000", "/durabletask/instances"),
    ]:
        for method, more in [("GET", {}), ("OPTIONS", wants)]:
            answer = host.call(method, path, headers={"Origin": origin, **more})
            assert not [name for name in answer.headers if name.startswith("Access-Control")], (origin, path, method)
    assert "Access-Control-Allow-Origin" not in host.call("GET", "/api/out").headers


def test_the_webhook_of_blob_triggers_takes_events(host) -> None:
    path = "/runtime/webhooks/blobs?functionName=Host.Functions.on_good&code=any"
    validation = {"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "v"}}
    assert host.call("POST", path, [validation]).json() == {"validationResponse": "v"}
    created = {
        "eventType": "Microsoft.Storage.BlobCreated",
        "subject": "/blobServices/default/containers/good/blobs/two",
    }
    assert host.call("POST", path, [created]).status == 202
    assert host.call("POST", path, [{"subject": "no blob"}]).status == 400
    assert host.call("POST", path.replace("on_good", "out"), [created]).status == 404


def test_the_reason_why_entities_fail_is_in_the_log(host) -> None:
    assert host.call("GET", "/api/entity").status == 500
    assert any("devhost has no durable entities." in entry["message"] for entry in lines(host))


def test_lines_of_orchestrators_and_activities_name_function_and_instance(host) -> None:
    assert host.call("GET", "/api/greet").status == 202
    told = line(host, "greets")
    assert (told["function"], told["instanceId"], told["level"]) == ("greeting", "g-1", "INFO")
    told = line(host, "says hello")
    assert (told["function"], told["instanceId"], told["logger"]) == ("say", "g-1", "shop")
    assert told["extra"] == {"tries": 1}


def test_a_failure_is_one_line_with_its_traceback_whatever_logging_the_app_has_set_up(host) -> None:
    assert host.call("GET", "/api/fails").status == 500
    (told,) = [entry for entry in lines(host) if entry.get("function") == "fails"]
    assert (told["level"], "RuntimeError: as asked" in told["exception"], "instanceId" in told) == (
        "ERROR",
        True,
        False,
    )
    assert "MINE" not in host.output


def test_ctrl_c_while_the_app_is_imported(new_host, tmp_path: Path) -> None:
    # The app sleeps, not the test: its import must not be over before Ctrl-C comes.
    (tmp_path / "function_app.py").write_text("import time\nprint('IMPORTS', flush=True)\ntime.sleep(3600)\n")
    host = new_host(None)
    host.app = tmp_path
    process = host.launch()
    host.until_logged("IMPORTS")
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert host.output.splitlines()[-1].endswith("[devhost] Stopped before it was ready")
    assert running_on(host.state) == []
