"""local.settings.json, host.json and the other files that people write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer import BadParameter

from devhost.app.host_json import read_host_json
from devhost.app.settings import Settings, read_settings
from devhost.commands.clock import parse_duration
from devhost.errors import StartError
from devhost.event_grid.config import EventGridConfig, Filter, read_config

PLACEHOLDERS = {"DEVHOST_STORAGE": "storage;", "DEVHOST_SERVICE_BUS": "bus"}


def settings_file(folder: Path, content: Any) -> Path:
    file = folder / "local.settings.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_placeholders_are_filled_and_other_dollar_signs_kept(tmp_path: Path) -> None:
    values = {
        "Storage": "$DEVHOST_STORAGE",
        "Both": "${DEVHOST_SERVICE_BUS}/x",
        "Password": "pa$word",
        "Core": "UseDevelopmentStorage=true",
    }
    read = read_settings(settings_file(tmp_path, {"Values": values}), PLACEHOLDERS)
    assert read.values == {"Storage": "storage;", "Both": "bus/x", "Password": "pa$word", "Core": "storage;"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "not valid JSON"),
        ([], 'an object with "Values"'),
        ({"Values": {"A": 1}}, "setting 'A' must be text"),
        ({"IsEncrypted": True, "Values": {}}, "is encrypted"),
        ({"Values": {"A": "$DEVHOST_STORE"}}, "unknown placeholder $DEVHOST_STORE"),
    ],
)
def test_a_wrong_settings_file_is_refused_with_the_reason(tmp_path: Path, content: Any, says: str) -> None:
    with pytest.raises(StartError) as refusal:
        read_settings(settings_file(tmp_path, content), PLACEHOLDERS)
    assert says in str(refusal.value)


def test_what_a_settings_file_says_to_azure_s_own_host_is_named_as_ignored(tmp_path: Path) -> None:
    content = {
        "IsEncrypted": False,
        "Values": {"AzureFunctionsJobHost__logging__logLevel__default": "Debug", "WEBSITE_TIME_ZONE": "x", "A": "1"},
        "Host": {"LocalHttpPort": 7072, "CORS": "*"},
        "ConnectionStrings": {},
    }
    assert read_settings(settings_file(tmp_path, content), PLACEHOLDERS).ignored() == [
        "ConnectionStrings",
        "Host.CORS",
        "Host.LocalHttpPort",
        "Values.AzureFunctionsJobHost__logging__logLevel__default",
        "Values.WEBSITE_TIME_ZONE",
    ]


def test_the_environment_wins_over_the_file() -> None:
    settings = Settings({"A": "file", "B": "file"}, {"A": "environment", "C": "environment"})
    assert [settings.get(name) for name in "ABC"] == ["environment", "file", "environment"]
    assert settings.own == {"A": "environment", "B": "file"}


def test_a_connection_is_found_by_its_name_or_with_the_platform_s_prefix() -> None:
    settings = Settings({"Bus": "one", "AzureWebJobsOther": "two"}, {})
    assert (settings.connection("Bus", "f"), settings.connection("Other", "f")) == ("one", "two")
    with pytest.raises(StartError, match="f: connection 'None' is not set"):
        settings.connection("None", "f")


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
    read = read_host_json(tmp_path)

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
        read_host_json(tmp_path)


def test_no_time_limit_is_minus_one(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0", "functionTimeout": "-1"}')
    assert read_host_json(tmp_path).function_timeout is None


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
