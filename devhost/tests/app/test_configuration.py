"""local.settings.json, host.json and the other files that people write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer import BadParameter

from devhost.app.connections import check_connections
from devhost.app.functions import Binding, Function
from devhost.app.host_json import HostJson, read_host_json
from devhost.app.packages import check_packages
from devhost.app.settings import Settings, host_section, local_http_port, read_settings
from devhost.commands.clock import parse_duration
from devhost.cors import read_cors
from devhost.errors import StartError
from devhost.event_grid.config import EventGridConfig, Filter, read_config
from devhost.triggers.service_bus import entities_of

NONE = Settings({}, {})
PLACEHOLDERS = {"DEVHOST_STORAGE": "storage;", "DEVHOST_SERVICE_BUS": "bus"}


def settings_file(folder: Path, content: Any) -> Path:
    file = folder / "local.settings.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_placeholders_are_filled_and_other_dollar_signs_kept(tmp_path: Path) -> None:
    values = {"Storage": "$DEVHOST_STORAGE", "Both": "${DEVHOST_SERVICE_BUS}/x", "Password": "pa$word"}
    read = read_settings(settings_file(tmp_path, {"Values": values}), PLACEHOLDERS)
    assert read.values == {"Storage": "storage;", "Both": "bus/x", "Password": "pa$word"}


EMULATED_BUS = "SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true"
WELL_KNOWN = "AccountName=devstoreaccount1;AccountKey=" + (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


@pytest.mark.parametrize(
    ("value", "means"),
    [
        ("UseDevelopmentStorage=true", "storage;"),
        ("usedevelopmentstorage=True;", "storage;"),
        ("UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://azurite", "storage;"),
        (f"DefaultEndpointsProtocol=http;{WELL_KNOWN};BlobEndpoint=http://azurite:10000/devstoreaccount1;", "storage;"),
        (f"Endpoint=sb://localhost;{EMULATED_BUS};", "bus"),
        (f"Endpoint=sb://servicebus-emulator:5672/;{EMULATED_BUS}", "bus"),
        (f"Endpoint=sb://127.0.0.1;{EMULATED_BUS};EntityPath=orders", "busEntityPath=orders;"),
        (f"Endpoint=sb://localhost:21212;{EMULATED_BUS};", f"Endpoint=sb://localhost:21212;{EMULATED_BUS};"),
        (f"Endpoint=sb://me.servicebus.windows.net/;{EMULATED_BUS[:-27]}", None),
        ("AccountName=mine;AccountKey=a2V5", None),
    ],
)
def test_the_usual_emulators_mean_the_host_s_own_services(tmp_path: Path, value: str, means: str | None) -> None:
    read = read_settings(settings_file(tmp_path, {"Values": {"A": value}}), PLACEHOLDERS)
    assert read.values == {"A": means or value}


def test_a_settings_file_is_read_as_core_tools_reads_it(tmp_path: Path) -> None:
    text = """{
        // a comment, and "not // one"
        "Values": { "Flag": true, "Number": 5, "Half": 0.5, "Nothing": null, "Url": "http://x/*y*/,}", /* and */ },
        "Host": { "LocalHttpPort": 7099, },
    }"""
    file = settings_file(tmp_path, text)
    assert read_settings(file, PLACEHOLDERS).values == {
        "Flag": "true",
        "Number": "5",
        "Half": "0.5",
        "Url": "http://x/*y*/,}",
    }
    assert (local_http_port(host_section(file)), read_settings(file, PLACEHOLDERS).ignored()) == (7099, [])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "not valid JSON"),
        ([], 'an object with "Values"'),
        ({"Values": {"A": [1]}}, "setting 'A' must be text"),
        ({"IsEncrypted": True, "Values": {}}, "is encrypted"),
        ({"Values": {"A": "$DEVHOST_STORE"}}, "unknown placeholder $DEVHOST_STORE"),
    ],
)
def test_a_wrong_settings_file_is_refused_with_the_reason(tmp_path: Path, content: Any, says: str) -> None:
    with pytest.raises(StartError) as refusal:
        read_settings(settings_file(tmp_path, content), PLACEHOLDERS)
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("section", "origins", "trusted"),
    [
        ({"CORS": "http://localhost:3000, https://a.example/"}, {"http://localhost:3000", "https://a.example"}, False),
        ({"CORS": "http://localhost:3000", "CORSCredentials": True}, {"http://localhost:3000"}, True),
        ({"CORS": "*", "CORSCredentials": "false"}, {"*"}, False),
    ],
)
def test_origins_are_read_as_core_tools_reads_them(section: Any, origins: set[str], trusted: bool) -> None:
    cors = read_cors(section)
    assert cors
    assert (cors.origins, cors.trusts("http://localhost:3000"), cors.trusts("http://b.example")) == (
        origins,
        trusted,
        False,
    )


@pytest.mark.parametrize("section", [{}, {"CORS": ""}, {"CORS": None, "CORSCredentials": True}])
def test_without_origins_there_is_no_cors(section: Any) -> None:
    assert read_cors(section) is None


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"CORS": ["http://localhost:3000"]}, "separated by commas"),
        ({"CORS": "http://localhost:3000/app"}, '"http://localhost:3000/app" is no origin'),
        ({"CORS": "localhost:3000"}, '"localhost:3000" is no origin'),
        ({"CORS": "http://*.example"}, "is no origin"),
        ({"CORS": "http://[", "CORSCredentials": True}, "is no origin"),
        ({"CORS": "*", "CORSCredentials": True}, "needs origins"),
        ({"CORS": "http://a.example", "CORSCredentials": 1}, "must be true or false, not 1"),
    ],
)
def test_wrong_origins_are_refused_with_the_reason(section: Any, says: str) -> None:
    with pytest.raises(StartError, match=r"^Host\.CORS") as refusal:
        read_cors(section)
    assert says in str(refusal.value)


def test_what_a_settings_file_says_to_azure_s_own_host_is_named_as_ignored(tmp_path: Path) -> None:
    content = {
        "IsEncrypted": False,
        "Values": {"AzureFunctionsJobHost__logging__logLevel__default": "Debug", "WEBSITE_TIME_ZONE": "x", "A": "1"},
        "Host": {"LocalHttpPort": 7072, "CORS": "*", "CORSCredentials": False, "Https": True},
        "ConnectionStrings": {},
    }
    assert read_settings(settings_file(tmp_path, content), PLACEHOLDERS).ignored() == [
        "ConnectionStrings",
        "Host.Https",
        "Values.AzureFunctionsJobHost__logging__logLevel__default",
        "Values.WEBSITE_TIME_ZONE",
    ]


def test_the_environment_wins_over_the_file() -> None:
    settings = Settings({"A": "file", "B": "file"}, {"A": "environment", "C": "environment"})
    assert [settings.get(name) for name in "ABC"] == ["environment", "file", "environment"]
    assert settings.own == {"A": "environment", "B": "file"}


def test_a_connection_is_found_by_its_name_or_with_the_platform_s_prefix() -> None:
    settings = Settings({"Bus": "one", "AzureWebJobsOther": "two"}, {})
    assert [settings.connection(name) for name in ("Bus", "Other", "None")] == ["one", "two", None]


@pytest.mark.parametrize(
    ("kind", "setting", "says"),
    [
        ("serviceBusTrigger", {}, "connection 'C' is not set. Set C to $DEVHOST_SERVICE_BUS."),
        ("serviceBusTrigger", {"C": ""}, "connection 'C' is not set. Set C to $DEVHOST_SERVICE_BUS."),
        (
            "serviceBusTrigger",
            {"C__fullyQualifiedNamespace": "me.servicebus.windows.net"},
            "C__fullyQualifiedNamespace names a service of the cloud. Set C to $DEVHOST_SERVICE_BUS.",
        ),
        ("blobTrigger", {"C__blobServiceUri": "https://me"}, "C__blobServiceUri names a service of the cloud."),
        ("serviceBusTrigger", {"C": "Endpoint=sb://me.windows.net;"}, "connection 'C' points to me.windows.net, but"),
        ("blobTrigger", {"C": "AccountName=me"}, "connection 'C' points to no BlobEndpoint, but"),
        (
            "blobTrigger",
            {"C": f"{WELL_KNOWN};BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1"},
            "connection 'C' has another key than devhost's storage",
        ),
        ("blobTrigger", {"C": "AccountKey=own;BlobEndpoint=http://localhost:10000/devstoreaccount1"}, None),
    ],
)
def test_a_trigger_s_connection_is_the_host_s_own_or_refused_with_the_placeholder(
    kind: str, setting: dict[str, str], says: str | None
) -> None:
    trigger = Binding("x", kind, "IN", {"connection": "C"})
    functions = [Function(name, print, trigger, (), (), {}, False, Path()) for name in ("one", "two")]
    own = {
        "serviceBusTrigger": "Endpoint=sb://127.0.0.1:5672;",
        "blobTrigger": "AccountKey=own;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;",
    }
    if says is None:
        check_connections(functions, Settings(setting, {}), own)
        return
    with pytest.raises(StartError) as refusal:
        check_connections(functions, Settings(setting, {}), own)
    one, two = str(refusal.value).splitlines()
    assert one.startswith(f"function one: {says}")
    assert two.startswith(f"function two: {says}")


def test_what_functions_listen_to_is_made_if_no_file_says_what_there_is() -> None:
    def function(**options: object) -> Function:
        return Function("f", print, Binding("x", "serviceBusTrigger", "IN", options), (), (), {}, False, Path())

    made = entities_of(
        [
            function(queueName="orders"),
            function(queueName="Orders/$DeadLetterQueue"),
            function(queueName="talks", isSessionsEnabled=True),
            function(topicName="news", subscriptionName="all"),
            function(topicName="news", subscriptionName="some"),
        ]
    )
    assert [(queue.name, queue.rules.requires_session) for queue in made.queues] == [("orders", False), ("talks", True)]
    assert [(topic.name, [each.name for each in topic.subscriptions]) for topic in made.topics] == [
        ("news", ["all", "some"])
    ]


@pytest.mark.parametrize(
    ("installed", "says"),
    [
        ("1.24.0", None),
        ("1.25.0b3", None),
        ("1.17.0", "azure-functions 1.17.0 is installed, but devhost needs <2,>=1.24."),
        ("2.0.0", "azure-functions 2.0.0 is installed, but devhost needs <2,>=1.24."),
    ],
)
def test_a_package_that_the_app_has_pinned_too_low_is_named(installed: str, says: str | None) -> None:
    wanted = ['azure-functions<2,>=1.24; python_version < "4.0"', 'azure-functions<4,>=3; python_version >= "4.0"']
    if says is None:
        check_packages(wanted, lambda _: installed)
        return
    with pytest.raises(StartError) as refusal:
        check_packages(wanted, lambda _: installed)
    assert str(refusal.value).splitlines()[0] == says
    assert str(refusal.value).endswith('pip install "azure-functions<2,>=1.24"')


def test_the_installed_packages_are_fit() -> None:
    check_packages()


@pytest.mark.parametrize(("value", "disabled"), [("true", True), ("1", True), ("True", True), ("false", False)])
def test_a_function_is_disabled_by_the_platform_s_setting(value: str, disabled: bool) -> None:
    assert Settings({"AzureWebJobs.f.Disabled": value}, {}).is_disabled("f") is disabled


def test_host_json_is_read_with_defaults_and_names_what_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text(
        json.dumps(
            {
                "version": "2.0",
                "functionTimeout": "00:10:00",
                "logging": {"logLevel": {"default": "Warning", "Function": "Information"}},
                "concurrency": {},
                "extensions": {
                    "http": {"routePrefix": ""},
                    "serviceBus": {
                        "maxConcurrentCalls": 3,
                        "maxAutoLockRenewalDuration": "00:01:30",
                        "prefetchCount": 9,
                    },
                    "blobs": {"maxDegreeOfParallelism": 2},
                },
            }
        )
    )
    read = read_host_json(tmp_path, NONE)

    assert (read.function_timeout, read.extensions.http.route_prefix) == (600.0, "")
    assert read.extensions.service_bus.max_concurrent_calls == 3
    assert read.extensions.service_bus.max_auto_lock_renewal_duration == 90.0
    assert read.extensions.service_bus.auto_complete_messages
    assert (read.extensions.blobs.max_degree_of_parallelism, read.extensions.blobs.poison_blob_threshold) == (2, 5)
    assert read.ignored() == [
        "concurrency",
        "extensions.serviceBus.prefetchCount",
        "logging.logLevel.Function",
        "logging.logLevel.default",
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{}", "version"),
        ('{"version": "1.0"}', "version"),
        ('{"version": "2.0", "functionTimeout": "5 minutes"}', "functionTimeout"),
        ('{"version": "2.0", "extensions": {"serviceBus": {"maxConcurrentCalls": 0}}}', "maxConcurrentCalls"),
        ("not json", "not valid JSON"),
    ],
)
def test_a_wrong_host_json_is_refused_with_the_setting(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "host.json").write_text(content)
    with pytest.raises(StartError, match=says):
        read_host_json(tmp_path, NONE)


@pytest.mark.parametrize(
    ("name", "hub"),
    [("%HUB%", "default"), ("Mine", "Mine"), ("%OTHER%", "TestHubName")],
    ids=["set", "plain", "not set"],
)
def test_the_hub_s_name_may_be_in_a_setting(tmp_path: Path, name: str, hub: str) -> None:
    content = {"version": "2.0", "extensions": {"durableTask": {"hubName": name}}}
    (tmp_path / "host.json").write_text(f"// made by hand\n{json.dumps(content)}")
    read = read_host_json(tmp_path, Settings({"HUB": "default"}, {}))
    assert read.extensions.durable_task.hub_name == hub


def test_without_a_host_json_the_defaults_apply(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert read_host_json(tmp_path, NONE) == HostJson(version="2.0")
    assert f"{tmp_path / 'host.json'} is missing" in caplog.text


def test_no_time_limit_is_minus_one(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0", "functionTimeout": "-1"}')
    assert read_host_json(tmp_path, NONE).function_timeout is None


@pytest.mark.parametrize(
    ("rules", "accepted"),
    [
        ({}, True),
        ({"includedEventTypes": ["A.v1", "b.V1"]}, True),
        ({"includedEventTypes": ["b"]}, False),
        ({"subjectBeginsWith": "Orders/"}, True),
        ({"subjectBeginsWith": "Orders/", "isSubjectCaseSensitive": True}, False),
        ({"subjectEndsWith": ".PDF"}, True),
        ({"subjectEndsWith": ".doc"}, False),
    ],
)
def test_an_event_filter_accepts_by_type_and_subject(rules: dict[str, Any], accepted: bool) -> None:
    assert Filter.model_validate(rules).accepts({"type": "B.v1", "subject": "orders/1.pdf"}) is accepted


def subscription(name: str, **destination: str) -> dict[str, Any]:
    return {"subscriptions": {name: {"destination": destination}}}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"subscriptions": {"ab": {"destination": {"endpointType": "WebHook", "endpointUrl": "http://x"}}}}, "ab"),
        (
            {"subscriptions": {"abc": {"destination": {"endpointType": "WebHook", "endpointUrl": "ftp://x"}}}},
            "endpointUrl",
        ),
        ({"subscriptions": {"abc": {"destination": {"endpointType": "EventHub"}}}}, "endpointType"),
        (
            {
                "subscriptions": {
                    "abc": {
                        "destination": {
                            "endpointType": "ServiceBusQueue",
                            "entity": "q",
                            "deliveryAttributeMappings": [{"name": "SessionId", "type": "Dynamic"}],
                        }
                    }
                }
            },
            "deliveryAttributeMappings.0.name",
        ),
        ({"storage": []}, "storage"),
    ],
)
def test_a_wrong_event_grid_file_is_refused_with_the_place(tmp_path: Path, content: Any, says: str) -> None:
    file = tmp_path / "grid.json"
    file.write_text(json.dumps(content))
    with pytest.raises(StartError) as refusal:
        read_config(file)
    assert says in str(refusal.value)


def test_an_empty_event_grid_file_means_no_subscriptions(tmp_path: Path) -> None:
    file = tmp_path / "grid.json"
    file.write_text("{}")
    assert read_config(file) == EventGridConfig()


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("72h", 259200), ("1h30m", 5400), ("1.5d", 129600)]
)
def test_a_duration_is_understood(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "72", "h", "72 h", "-1h", "1w", "1h!"])
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    with pytest.raises(BadParameter):
        parse_duration(text)


@pytest.mark.parametrize(
    ("in_file", "given", "overridden"),
    [("a", "b", ["NAME"]), ("a", "a", []), ("", "b", []), ("a", None, [])],
)
def test_a_setting_that_the_environment_decides_otherwise_is_named(
    in_file: str, given: str | None, overridden: list[str]
) -> None:
    """An empty one in the file is there for the environment to fill."""
    settings = Settings({"NAME": in_file}, {} if given is None else {"NAME": given})

    assert settings.overridden == overridden
    assert settings.own == {"NAME": in_file if given is None else given}
