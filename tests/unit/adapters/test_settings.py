"""Settings that are missing or bad are all named in one error, which shows no secret."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import BlobServiceClient

from adapters.settings import Settings, SettingsError

KEY = base64.b64encode(b"k" * 64).decode()
STORAGE = f"DefaultEndpointsProtocol=https;AccountName=documents;AccountKey={KEY};EndpointSuffix=core.windows.net"
SERVICE_BUS = "Endpoint=sb://reviews.servicebus.windows.net/;SharedAccessKeyName=app;SharedAccessKey=c2VjcmV0"
TOPIC = "https://reviews.westeurope-1.eventgrid.azure.net/api/events"
WITH_KEYS = {
    "Documents": STORAGE,
    "ServiceBus": SERVICE_BUS,
    "EventGridTopic__topicEndpointUri": TOPIC,
    "EventGridTopic__topicKey": "key",
}
KEYLESS = {
    "Documents__blobServiceUri": "https://documents.blob.core.windows.net",
    "Documents__tableServiceUri": "https://documents.table.core.windows.net",
    "ServiceBus__fullyQualifiedNamespace": "reviews.servicebus.windows.net",
    "EventGridTopic__topicEndpointUri": TOPIC,
}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "local"),
        ({"ENVIRONMENT_NAME": "contoso-test"}, "contoso-test"),
    ],
)
def test_an_environment_has_a_name(given: dict[str, str], name: str) -> None:
    assert Settings.from_environment({**WITH_KEYS, **given}).environment == name


def mistakes(environment: dict[str, str]) -> list[str]:
    """Return the mistakes that the error lists."""
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment(environment)
    first, *others = str(raised.value).splitlines()
    assert first == "These settings cannot be used:"
    assert all(line.startswith("- ") for line in others)
    return [line.removeprefix("- ") for line in others]


def test_connection_strings_and_keys_are_taken_as_they_are() -> None:
    settings = Settings.from_environment(WITH_KEYS)

    assert (settings.documents, settings.service_bus, settings.topic_key) == (STORAGE, SERVICE_BUS, "key")
    assert settings.topic_endpoint == TOPIC
    assert settings.policy_file.name == "default.yaml"


def test_endpoints_alone_mean_the_managed_identity() -> None:
    settings = Settings.from_environment(KEYLESS)

    assert (settings.documents, settings.service_bus, settings.topic_key) == (None, None, None)
    assert settings.blob_endpoint == KEYLESS["Documents__blobServiceUri"]
    assert settings.service_bus_namespace == "reviews.servicebus.windows.net"


def test_blanks_around_a_value_do_not_count_and_nothing_else_is_looked_at() -> None:
    surrounded = {name: f" {value}\n" for name, value in WITH_KEYS.items()}

    assert Settings.from_environment({**surrounded, "Other": "x"}) == Settings.from_environment(WITH_KEYS)


@pytest.mark.parametrize("empty", [{}, dict.fromkeys([*WITH_KEYS, *KEYLESS], " ")])
def test_all_that_is_missing_is_named_at_once(empty: dict[str, str]) -> None:
    assert [line.partition(" ")[0] for line in mistakes(empty)] == [
        "Documents",
        "ServiceBus",
        "EventGridTopic__topicEndpointUri",
    ]


def test_all_that_is_bad_is_named_at_once() -> None:
    bad = {
        "Documents": "rubbish",
        "Documents__blobServiceUri": "documents.blob.core.windows.net",
        "Documents__tableServiceUri": "ftp://documents",
        "ServiceBus": "rubbish",
        "ServiceBus__fullyQualifiedNamespace": "https://reviews.servicebus.windows.net/",
        "EventGridTopic__topicEndpointUri": "/api/events",
        "LEDGER_TRANSACTIONS": "SDK",
        "POLICY_FILE": "policies/nowhere.yaml",
    }

    named = [line.partition(" ")[0] for line in mistakes(bad)]

    assert sorted(named) == sorted(bad)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("correct horse", "has 13 characters: choose 32 or more at random"),
        ("k" * 31, "has 31 characters"),
        ("@Microsoft.KeyVault(VaultName=kv;SecretName=form-key)", "is a Key Vault reference that Azure could not"),
    ],
)
def test_a_key_of_forms_that_somebody_could_guess_is_bad(key: str, why: str) -> None:
    (told,) = mistakes({**WITH_KEYS, "FORM_KEY": key})

    assert told.startswith(f"FORM_KEY {why}")
    assert key not in told


def test_a_key_of_forms_that_is_long_enough_is_taken() -> None:
    assert Settings.from_environment({**WITH_KEYS, "FORM_KEY": "k" * 32}).form_key == "k" * 32


@pytest.mark.parametrize(
    "bad",
    [
        "AccountName=documents",
        f"AccountKey={KEY}",
        "AccountName=documents;AccountKey=not base64!",
        "AccountName=documents;AccountKey=abc",
        f"AccountName=documents;AccountKey={KEY};AccountName=twice",
        f"AccountName=documents;;AccountKey={KEY}",
        "BlobEndpoint=http://127.0.0.1:10000/a;SharedAccessSignature=sv",
    ],
)
def test_a_storage_connection_string_that_the_sdk_could_not_use_is_bad(bad: str) -> None:
    (told,) = mistakes({**WITH_KEYS, "Documents": bad})

    assert told.startswith("Documents is not a storage connection string")


@pytest.mark.parametrize(
    "good",
    [
        "UseDevelopmentStorage=true",
        f"AccountName=documents;AccountKey={KEY};",
        f"accountname=documents;accountkey={KEY}",
        f"AccountName=a;AccountKey={KEY};BlobEndpoint=http://127.0.0.1:1/a;TableEndpoint=http://127.0.0.1:2/a",
        f"DefaultEndpointsProtocol=http;AccountName=documents;AccountKey={KEY};EndpointSuffix=core.chinacloudapi.cn",
        "AccountName=documents;SharedAccessSignature=sv=2024-11-04&sig=x",
    ],
)
async def test_a_storage_connection_string_of_any_other_kind_is_good_and_read_as_the_sdks_read_it(good: str) -> None:
    settings = Settings.from_environment({**WITH_KEYS, "Documents": good})
    assert settings.documents == good
    async with (
        BlobServiceClient.from_connection_string(good) as blobs,
        TableClient.from_connection_string(good, "t") as t,
    ):
        assert urlsplit(settings.blob_address())[:2] == urlsplit(blobs.url)[:2]
        assert urlsplit(settings.table_address())[:2] == urlsplit(t.url)[:2]


@pytest.mark.parametrize(
    "bad",
    [
        "Endpoint=sb://reviews",
        "Endpoint=sb://reviews/;SharedAccessKeyName=app",
        "Endpoint=https://reviews/;SharedAccessKeyName=app;SharedAccessKey=c2VjcmV0",
        SERVICE_BUS + ";EntityPath=review-decisions",
    ],
)
def test_a_service_bus_connection_string_that_the_sdk_could_not_use_is_bad(bad: str) -> None:
    (told,) = mistakes({**WITH_KEYS, "ServiceBus": bad})

    assert told.startswith("ServiceBus is not a Service Bus connection string")


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({"ServiceBus": SERVICE_BUS}, "amqps://reviews.servicebus.windows.net/"),
        ({"ServiceBus": SERVICE_BUS + ";UseDevelopmentEmulator=true"}, "amqp://reviews.servicebus.windows.net/"),
        ({"ServiceBus__fullyQualifiedNamespace": "reviews.example"}, "amqps://reviews.example"),
    ],
)
def test_service_bus_is_where_the_setting_says(given: dict[str, str], address: str) -> None:
    assert Settings.unchecked(given).service_bus_address() == address


def test_a_broken_address_is_bad_and_not_a_crash() -> None:
    (told,) = mistakes({**WITH_KEYS, "EventGridTopic__topicEndpointUri": "https://[::1/api/events"})

    assert told.startswith("EventGridTopic__topicEndpointUri is not a URL")


@pytest.mark.parametrize(("given", "expected"), [("", False), ("direct", False), ("sdk", True)])
def test_transactions_are_direct_unless_the_sdk_is_chosen(given: str, expected: bool) -> None:
    settings = Settings.from_environment({**WITH_KEYS, "LEDGER_TRANSACTIONS": given})

    assert settings.sdk_transactions is expected


def test_another_way_of_transactions_is_bad_and_the_error_names_the_two_ways() -> None:
    (mistake,) = mistakes({**WITH_KEYS, "LEDGER_TRANSACTIONS": "fast"})

    assert mistake == "LEDGER_TRANSACTIONS is 'fast'; expected one of direct, sdk"


def test_half_of_the_storage_endpoints_is_not_enough() -> None:
    (told,) = mistakes({name: value for name, value in KEYLESS.items() if name != "Documents__tableServiceUri"})

    assert "Documents__tableServiceUri" in told


def test_a_policy_file_is_found_from_anywhere(tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text("")

    assert Settings.from_environment({**WITH_KEYS, "POLICY_FILE": str(file)}).policy_file == file
    assert "POLICY_FILE" in mistakes({**WITH_KEYS, "POLICY_FILE": str(tmp_path)})[0]


def test_no_secret_is_shown() -> None:
    told = mistakes({"Documents": f"AccountKey={KEY}", "ServiceBus": "SharedAccessKey=hidden"})

    assert KEY not in str(told)
    assert "hidden" not in str(told)
    assert KEY not in repr(Settings.from_environment(WITH_KEYS))
