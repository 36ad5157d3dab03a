"""The Durable HTTP API as clients see it: the SDK's calls, status codes and bodies recorded from extension 3.15."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import azure.durable_functions as df
import pytest
from yarl import URL

from devhost.clock import Clock

pytestmark = pytest.mark.filterwarnings("ignore:enable_cleanup_closed:DeprecationWarning")  # the SDK's session


async def test_a_start_answers_with_management_urls_that_work(durable: Any) -> None:
    async with durable.session.post(f"{durable.origin}/durabletask/orchestrators/waiter/one") as response:
        assert response.status == 202
        urls = await response.json()
        assert response.headers["Location"] == urls["statusQueryGetUri"]
    await durable.settle()
    event = urls["sendEventPostUri"].replace("{eventName}", "Go")
    async with durable.session.post(event, json={"any": "object"}) as response:
        assert (response.status, await response.text()) == (202, "")
    await durable.settle()
    async with durable.session.get(urls["statusQueryGetUri"]) as response:
        assert response.status == 200
        assert (await response.json())["output"] == {"any": "object"}
    async with durable.session.delete(urls["purgeHistoryDeleteUri"]) as response:
        assert await response.json() == {"instancesDeleted": 1}


@pytest.mark.parametrize("query", ["", "?code=", "?code=guess", "?code=%00%ff"])
async def test_webhook_routes_need_the_system_key(durable: Any, query: str) -> None:
    url = f"{durable.origin}/runtime/webhooks/durabletask/instances{query}"
    async with durable.session.get(url) as response:
        assert response.status == 401


@pytest.mark.parametrize(
    ("origin", "status"), [(None, 200), ("own", 200), ("https://evil.example", 401), ("null", 401)]
)
async def test_without_keys_webhook_routes_are_open_but_not_to_pages_of_others(
    run_hub: Any, origin: str | None, status: int
) -> None:
    async with run_hub(Clock(), key_required=False) as durable:
        url = f"{durable.origin}/runtime/webhooks/durabletask/instances"
        headers = {"Origin": durable.origin if origin == "own" else origin} if origin else {}
        async with durable.session.get(url, headers=headers) as response:
            assert response.status == status


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Mode": "no-cors"}])
async def test_no_page_in_a_browser_can_use_the_rpc_routes(durable: Any, header: dict[str, str]) -> None:
    url = f"{durable.origin}/durabletask/orchestrators/waiter/from-a-page"
    async with durable.session.post(url, headers=header) as response:
        assert response.status == 403
    assert (await durable.call("GET", "instances/from-a-page"))[0] == 404


async def test_a_live_id_cannot_be_started_again(durable: Any) -> None:
    await durable.run("waiter", instance_id="one")
    with pytest.raises(Exception, match="status Running already exists"):
        await durable.client.start_new("waiter", "one")
    await durable.client.suspend("one", "pause")
    await durable.settle()

    assert await durable.call("POST", "orchestrators/waiter/one") == (
        409,
        {"Message": "An Orchestration instance with the status Suspended already exists."},
    )


@pytest.mark.parametrize("ended", ["chain", "failing"])
async def test_an_ended_id_is_replaced(durable: Any, ended: str) -> None:
    await durable.run(ended, "first", instance_id="one")
    await durable.run("chain", "second", instance_id="one")
    assert await durable.outcome("one") == ("Completed", "second!!!")
    events = (await durable.status("one", showHistory="true"))["historyEvents"]

    assert [event["EventType"] for event in events].count("ExecutionStarted") == 1


async def test_a_running_status_is_202_with_a_location(durable: Any) -> None:
    await durable.run("waiter", {"key": "value"}, instance_id="one")
    async with durable.session.get(f"{durable.origin}/durabletask/instances/one") as response:
        assert response.status == 202
        assert response.headers["Location"].endswith("/durabletask/instances/one")
        assert response.headers["Retry-After"] == "5"
        body = await response.json()
    moment = body.pop("createdTime")

    assert body.pop("lastUpdatedTime") >= moment
    assert datetime.fromisoformat(moment) <= durable.clock.now()
    assert body == {
        "name": "waiter",
        "instanceId": "one",
        "runtimeStatus": "Running",
        "input": '{"key": "value"}',
        "customStatus": None,
        "output": None,
    }
    assert (await durable.status("one", showInput="false"))["input"] is None


async def test_history_is_shown_folded_and_without_results_unless_asked_for(durable: Any) -> None:
    await durable.run("parent", instance_id="one")
    events = (await durable.status("one", showHistory="true", showHistoryOutput="true"))["historyEvents"]

    assert [event["EventType"] for event in events] == [
        "ExecutionStarted",
        "SubOrchestrationInstanceCompleted",
        "SubOrchestrationInstanceCompleted",
        "ExecutionCompleted",
    ]
    assert events[1]["Result"] == "named!!!"
    assert (events[1]["FunctionName"], events[1]["InstanceId"]) == ("chain", "one-child")
    assert "Result" not in (await durable.status("one", showHistory="true"))["historyEvents"][1]


async def test_a_failed_instance_is_500_on_request_only(durable: Any) -> None:
    await durable.run("failing", instance_id="one")
    assert (await durable.call("GET", "instances/one"))[0] == 200
    assert (await durable.call("GET", "instances/one", returnInternalServerErrorOnFailure="true"))[0] == 500


async def test_suspended_instances_keep_events_until_resumed(durable: Any) -> None:
    await durable.run("waiter", instance_id="one")
    await durable.client.suspend("one", "pause")
    await durable.settle()
    await durable.client.raise_event("one", "Go", "during")
    await durable.settle()
    assert await durable.outcome("one") == ("Suspended", "pause")
    await durable.client.resume("one", "go on")
    await durable.settle()

    assert await durable.outcome("one") == ("Completed", '"during"')


async def test_termination_drops_timers_and_late_results(durable: Any) -> None:
    started = await durable.client.start_new("slow", "one", 0.05)
    await durable.until(lambda: "work" in (durable.hub.in_flight() or ""))
    await durable.client.terminate(started, "enough")
    await durable.settle()
    assert await durable.outcome("one") == ("Terminated", "enough")
    await durable.run("approval", instance_id="two")
    await durable.client.terminate("two", "enough")
    await durable.settle()

    assert durable.clock.next_due() is None


@pytest.mark.parametrize(
    ("method", "operation", "code"),
    [
        ("POST", "/raiseEvent/E", 404),
        ("POST", "/terminate", 404),
        ("POST", "/suspend", 404),
        ("POST", "/resume", 404),
        ("POST", "/rewind", 404),
        ("POST", "/restart", 400),
        ("GET", "", 404),
        ("DELETE", "", 404),
    ],
)
async def test_operations_on_a_missing_instance(durable: Any, method: str, operation: str, code: int) -> None:
    assert (await durable.call(method, f"instances/missing{operation}", "1"))[0] == code


@pytest.mark.parametrize(
    ("method", "operation", "code"),
    [
        ("POST", "/raiseEvent/E", 410),
        ("POST", "/terminate", 410),
        ("POST", "/suspend", 410),
        ("POST", "/resume", 410),
        ("POST", "/rewind", 412),
    ],
)
async def test_operations_on_an_ended_instance(durable: Any, method: str, operation: str, code: int) -> None:
    await durable.run("chain", "x", instance_id="one")
    assert (await durable.call(method, f"instances/one{operation}", "1"))[0] == code


async def test_operations_in_the_wrong_state(durable: Any) -> None:
    await durable.run("waiter", instance_id="one")
    code, body = await durable.call("POST", "instances/one/resume")

    assert code == 500
    assert body["ExceptionMessage"] == (
        "Cannot resume the orchestration instance one because instance is in the Running state."
    )
    assert await durable.call("DELETE", "instances/one") == (
        412,
        "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID one has "
        "status Running",
    )
    assert (await durable.call("POST", "instances/one/restart", restartWithNewInstanceId="false"))[0] == 409
    assert (await durable.call("POST", "instances/one/rewind"))[0] == 412


async def test_rewind_and_entities_are_refused_clearly(durable: Any) -> None:
    await durable.run("failing", instance_id="one")
    code, text = await durable.call("POST", "instances/one/rewind")
    assert (code, text) == (501, "devhost does not support rewind; use restart instead.")
    with pytest.raises(Exception, match="501"):
        await durable.client.signal_entity(df.EntityId("counter", "one"), "add", 1)


async def test_restart_runs_the_same_input_again(durable: Any) -> None:
    await durable.run("chain", "again", instance_id="one")
    fresh = await durable.client.restart("one")
    same = await durable.client.restart("one", restart_with_new_instance_id=False)
    await durable.settle()

    assert same["id"] == "one" != fresh["id"]
    assert await durable.outcome(fresh["id"]) == ("Completed", "again!!!")
    assert await durable.outcome("one") == ("Completed", "again!!!")


@pytest.mark.parametrize("body", ["", "text", "{bad", "NaN", "[" * 100_000])
async def test_an_event_must_be_json(durable: Any, body: str) -> None:
    await durable.run("waiter", instance_id="one")
    code, answer = await durable.call("POST", "instances/one/raiseEvent/Go", body)
    assert (code, answer["Message"]) == (400, "Invalid JSON content")


async def test_an_event_must_be_declared_as_json_unless_nobody_can_get_it(durable: Any) -> None:
    url = f"{durable.origin}/durabletask/instances/{{}}/raiseEvent/Go"
    await durable.run("waiter", instance_id="one")
    await durable.run("chain", "x", instance_id="ended")
    for instance, code in (("one", 400), ("missing", 404), ("ended", 410)):
        async with durable.session.post(url.format(instance), data="1", headers={"Content-Type": "text/plain"}) as told:
            assert told.status == code
            if code == 400:
                assert (await told.json())["Message"] == "Only application/json request content is supported"
    assert (await durable.call("POST", "instances/missing/raiseEvent/Go", "{bad"))[0] == 404


@pytest.mark.parametrize(
    ("body", "content_type", "read"),
    [
        (b'"\xff\xfe"', "application/json", "\ufffd\ufffd"),
        (b"\xef\xbb\xbf1", "application/json", 1),
        ('"é"'.encode("utf-16"), "application/json", "é"),
        ('"é"'.encode("utf-16-le"), "application/json; charset=utf-16", "é"),
        (b'"\xe9"', "Application/JSON; charset=latin-1", "é"),
    ],
)
async def test_bodies_are_decoded_as_by_dotnet(durable: Any, body: bytes, content_type: str, read: Any) -> None:
    await durable.run("waiter", instance_id="one")
    for path in ("instances/one/raiseEvent/Go", "orchestrators/waiter/two"):
        url = f"{durable.origin}/durabletask/{path}"
        async with durable.session.post(url, data=body, headers={"Content-Type": content_type}) as told:
            assert told.status == 202
    await durable.settle()

    assert await durable.outcome("one") == ("Completed", read)
    assert (await durable.status("two"))["input"] == read


async def test_an_unknown_charset_is_refused(durable: Any) -> None:
    url = f"{durable.origin}/durabletask/orchestrators/waiter/one"
    headers = {"Content-Type": "application/json; charset=no-such"}
    async with durable.session.post(url, data=b"1", headers=headers) as told:
        assert (told.status, (await told.json())["Message"]) == (400, "The charset 'no-such' is unknown.")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "Instances/one", 202),
        ("GET", "instances/one/", 202),
        ("GET", "INSTANCES/?TaskHub=testhub&InstanceIdPrefix=o", 200),
        ("POST", "instances/one/raiseevent/Other/", 202),
        ("POST", "instances/one/Suspend?Reason=pause", 202),
        ("POST", "Orchestrators/waiter/", 202),
        ("GET", "instances/one?taskHub=Other", 404),
        ("POST", "instances/one/raiseEvent/a%2Fb", 404),
        ("PUT", "instances/one", 404),
        ("GET", "unknown", 404),
    ],
)
async def test_paths_are_found_as_on_azure(durable: Any, method: str, path: str, code: int) -> None:
    await durable.run("waiter", instance_id="one")
    key = "Code=system-key-of-the-tests"
    url = f"{durable.origin}/runtime/webhooks/durableTask/{path}{'&' if '?' in path else '?'}{key}"
    async with durable.session.request(method, url, json=1 if method == "POST" else None) as told:
        assert told.status == code


async def test_a_plus_in_a_path_is_a_space(durable: Any) -> None:
    assert await durable.client.start_new("waiter", "+4912") == " 4912"
    url = f"{durable.origin}/durabletask/orchestrators/waiter/%2B4912"
    async with durable.session.post(URL(url, encoded=True)) as told:
        assert (await told.json())["id"] == "+4912"


async def test_names_in_a_query_have_any_case_and_only_true_and_false_are_flags(durable: Any) -> None:
    await durable.run("chain", "x", instance_id="one")
    assert "historyEvents" in await durable.status("one", showhistory="TRUE")
    assert "historyEvents" not in await durable.status("one", showHistory="1")
    assert (await durable.status("one", showInput="1"))["input"] is not None
    code, urls = await durable.call("POST", "instances/one/restart", restartWithNewInstanceId="1")

    assert (code, urls["id"] == "one") == (202, False)


async def test_statuses_may_be_repeated(durable: Any) -> None:
    await durable.run("chain", "x", instance_id="done")
    await durable.run("failing", instance_id="failed")
    await durable.run("waiter", instance_id="live")
    filters = "instances?createdTimeFrom=2020-01-01T00:00:00Z&runtimeStatus=Completed&runtimeStatus=Failed"
    _, found = await durable.call("GET", filters)
    assert [item["instanceId"] for item in found] == ["done", "failed"]
    assert await durable.call("DELETE", filters) == (200, {"instancesDeleted": 2})


async def test_lists_are_filtered_and_paged(durable: Any) -> None:
    for number in range(5):
        await durable.client.start_new("chain", f"a-{number}", "x")
    await durable.client.start_new("waiter", "b-0")
    await durable.settle()
    pages, token = [], None
    while token != "":
        headers = {"x-ms-continuation-token": token} if token else {}
        url = f"{durable.origin}/durabletask/instances?top=2&instanceIdPrefix=a-"
        async with durable.session.get(url, headers=headers) as response:
            token = response.headers["x-ms-continuation-token"]
            pages.append([item["instanceId"] for item in await response.json()])
    assert pages == [["a-0", "a-1"], ["a-2", "a-3"], ["a-4"]]
    _, running = await durable.call("GET", "instances/", runtimeStatus="Running,Pending")
    assert [item["instanceId"] for item in running] == ["b-0"]
    _, none = await durable.call("GET", "instances", createdTimeTo="2020-01-01T00:00:00Z")

    assert none == []
    assert len(await durable.client.get_status_all()) == 6


async def test_a_page_size_that_is_no_number_is_ignored(durable: Any) -> None:
    await durable.run("chain", "x", instance_id="one")
    assert len((await durable.call("GET", "instances", top="abc"))[1]) == 1


@pytest.mark.parametrize(
    "query", [{"runtimeStatus": "Bogus"}, {"createdTimeFrom": "yesterday"}, {"top": "-1"}, {"top": "0"}]
)
async def test_a_filter_that_means_nothing_is_refused(durable: Any, query: dict[str, str]) -> None:
    assert (await durable.call("GET", "instances", **query))[0] == 400


async def test_purge_by_filter_needs_a_start_and_obeys_the_status(durable: Any) -> None:
    await durable.run("chain", "x", instance_id="done")
    await durable.run("waiter", instance_id="live")
    assert (await durable.call("DELETE", "instances"))[0] == 400
    since = durable.clock.now() - timedelta(hours=1)
    result = await durable.client.purge_instance_history_by(since, None, [df.OrchestrationRuntimeStatus.Completed])
    assert result.instances_deleted == 1
    assert (await durable.call("GET", "instances/live"))[0] == 202
    assert (await durable.client.purge_instance_history("done")).instances_deleted == 0
    since_text = since.isoformat().replace("+00:00", "Z")

    assert await durable.call("DELETE", "instances", createdTimeFrom=since_text) == (200, {"instancesDeleted": 1})
    assert (await durable.call("GET", "instances/live"))[0] == 404


async def test_a_start_can_wait_for_the_end(durable: Any) -> None:
    text = json.dumps(json.dumps("x"))
    path = "orchestrators/{}?timeout=5&pollingInterval=1"
    assert await durable.call("POST", path.format("chain"), text) == (200, "x!!!")
    code, body = await durable.call("POST", path.format("failing"))
    assert (code, body["runtimeStatus"]) == (200, "Failed")
    code, body = await durable.call("POST", "orchestrators/waiter/late?timeout=0&pollingInterval=0")
    assert (code, body["id"]) == (202, "late")
    code, body = await durable.call("POST", "instances/late/terminate")
    await durable.settle()
    path = "instances/late/restart?restartWithNewInstanceId=false&timeout=0&pollingInterval=0"
    assert (await durable.call("POST", path))[0] == 202


async def test_a_start_waits_for_decimal_seconds_and_shows_no_input_unless_asked(durable: Any) -> None:
    query = "timeout=60.5&pollingInterval=0.5&showInput=false"
    code, body = await durable.call("POST", f"orchestrators/failing?{query}", '"secret"')
    assert (code, body["runtimeStatus"], body["input"]) == (200, "Failed", None)
    code, body = await durable.call("POST", f"instances/{body['instanceId']}/restart?{query}")

    assert (code, body["runtimeStatus"]) == (200, "Failed")


@pytest.mark.parametrize("query", ["timeout=60", "timeout=abc&pollingInterval=1", "timeout=nan&pollingInterval=nan"])
async def test_a_start_waits_only_if_it_has_both_times(durable: Any, query: str) -> None:
    code, body = await durable.call("POST", f"orchestrators/waiter/one?{query}")
    assert (code, body["id"]) == (202, "one")


async def test_an_interval_longer_than_the_timeout_is_refused_as_on_azure(durable: Any) -> None:
    code, body = await durable.call("POST", "orchestrators/waiter/one?timeout=1&pollingInterval=2")
    assert (code, body["ExceptionMessage"]) == (400, "Total timeout 1 should be bigger than retry timeout 2")
    assert (await durable.call("GET", "instances/one"))[0] == 202


async def test_an_instance_id_with_a_slash_is_refused(durable: Any) -> None:
    async with durable.session.post(f"{durable.origin}/durabletask/orchestrators/chain/a%2Fb") as response:
        assert response.status == 404


@pytest.mark.parametrize("instance_id", ["ünïcode ✓", "a b", "100%", "a?b", "a#b"])
async def test_any_instance_id_works_when_quoted(durable: Any, instance_id: str) -> None:
    quoted = quote(instance_id, safe="")
    async with durable.session.post(
        f"{durable.origin}/durabletask/orchestrators/chain/{quoted}", data='"\\"x\\""'
    ) as started:
        urls = await started.json()
    await durable.settle()
    async with durable.session.get(urls["statusQueryGetUri"]) as response:
        assert (await response.json())["instanceId"] == instance_id
