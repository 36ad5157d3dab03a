"""Every setting that the app or its host reads is set, on Azure and locally, and none is set that nothing reads."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from typing import Any, Final

import azure.identity._constants as identity_constants
import pytest

import adapters.settings
from adapters.settings import Settings, SettingsError
from contracts.names import VERIFICATION_KEYS_SETTINGS as SETTING_NAMES
from tests.infra.app import connections, functions
from tests.infra.app_settings import SAMPLES, environment, set_on_azure
from tests.infra.bicep import INFRA, main
from web.actions.submitting import MOST_BYTES

ROOT: Final = INFRA.parent
UPLOADED: Final = "on_document_uploaded"
OF_THE_FRONT_DOOR: Final = "on_web_request"

# https://learn.microsoft.com/azure/azure-functions/functions-reference#common-properties-for-identity-based-connections
HOST: Final = {
    "AzureWebJobsStorage__accountName",
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "AzureWebJobsDisableHomepage",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT",
}
TRIGGER_CONNECTION: Final = {
    "serviceBusTrigger": {"fullyQualifiedNamespace", "credential", "clientId"},
    "blobTrigger": {"blobServiceUri", "queueServiceUri", "credential", "clientId"},
}
# https://learn.microsoft.com/azure/azure-functions/functions-app-settings and flex-consumption-plan
REFUSED_BY_FLEX: Final = {
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_WORKER_RUNTIME_VERSION",
    "FUNCTIONS_WORKER_PROCESS_COUNT",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_MAX_HTTP_CONCURRENCY",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_CONTENTSHARE",
    "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
    "WEBSITE_TIME_ZONE",
    "ENABLE_ORYX_BUILD",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "TZ",
    "AzureWebJobsStorage",  # would win over the identity, even if empty
}

READ_BY_THE_COMMAND: Final = {"EventGridTopic__subscriptionsUri"}  # and not by the app
# A site of its own: the app must not have the first; the others, which sign people in, are in test_sign_in.py.
READ_BY_THE_FRONT_DOOR: Final = {
    "ATTESTATION_SIGNING_KEY",
    "SIGN_IN_CLIENT_ID",
    "SIGN_IN_TENANT_ID",
    "SIGN_IN_GUESTS",
    "REVIEWER_ROLE_ASSIGNED",
    "FORM_KEY",
}

WAYS: Final = [
    {},
    {"useBlobTrigger": True},
    {"durableBackend": "scheduler"},
    {"useBlobTrigger": True, "durableBackend": "scheduler", "usePrivateNetwork": True},
    {"verificationKeySetName": "verification-keys"},
    {"attestationKeySetName": "attestation-keys"},
    {"webFrontDoor": True},
]


def read_by_the_app() -> set[str]:
    """Return the names that adapters/settings.py looks up."""
    tree = ast.parse(inspect.getsource(adapters.settings))
    return {
        str(call.args[0].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)
        if ast.unparse(call.func) in ("values.get", "values.url")
    }


def read_by_the_host(given: dict[str, Any]) -> set[str]:
    """Return the settings of the host, of the triggers that are on, and of azure-identity."""
    wanted = HOST | {identity_constants.EnvironmentVariables.AZURE_CLIENT_ID}
    for name, trigger in functions().items():
        wanted |= set(re.findall(r"%(\w+)%", str(trigger.get("schedule"))))
        if name == OF_THE_FRONT_DOOR or (name == UPLOADED and not given.get("useBlobTrigger")):
            wanted.add(f"AzureWebJobs.{name}.Disabled")
        elif trigger["type"] in TRIGGER_CONNECTION:
            wanted |= {f"{trigger['connection']}__{key}" for key in TRIGGER_CONNECTION[trigger["type"]]}
    if given.get("durableBackend") == "scheduler":
        wanted.add("DURABLE_TASK_SCHEDULER_CONNECTION_STRING")  # named by the package's host.json: infra/package.py
    return wanted


@pytest.mark.parametrize("given", WAYS, ids=str)
def test_the_app_accepts_what_azure_sets(given: dict[str, Any]) -> None:
    found = Settings.from_environment(environment(set_on_azure(**given)))

    assert found.service_bus_namespace and found.blob_endpoint and found.table_endpoint and found.topic_endpoint
    assert found.documents is found.service_bus is found.topic_key is None


@pytest.mark.parametrize("missing", sorted(SAMPLES))
def test_the_app_cannot_start_without(missing: str) -> None:
    settings = environment(set_on_azure())
    del settings[missing]

    with pytest.raises(SettingsError, match=missing.partition("__")[0]):
        Settings.from_environment(settings)


def test_without_settings_the_app_does_not_load_and_one_error_names_them_all() -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import function_app"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        check=False,
        capture_output=True,
        text=True,
    )

    error = started.stderr[started.stderr.index("adapters.settings.SettingsError: These settings cannot be used:") :]
    missing = [line.split()[1] for line in error.splitlines()[1:]]
    assert started.returncode == 1
    assert missing == ["Documents", "ServiceBus", "EventGridTopic__topicEndpointUri"]


@pytest.mark.parametrize("given", WAYS, ids=str)
def test_exactly_what_is_read_is_set_on_azure(given: dict[str, Any]) -> None:
    optional = set[str]() if given.get("attestationKeySetName") else {"ATTESTATION_KEYS"}
    with_keys = {"Documents", "ServiceBus", "EventGridTopic__topicKey"}
    keyless = read_by_the_app() - optional - with_keys - READ_BY_THE_COMMAND - READ_BY_THE_FRONT_DOOR
    key_sets = {SETTING_NAMES} if given.get("verificationKeySetName") else set[str]()

    assert set(set_on_azure(**given)) == keyless | key_sets | read_by_the_host(given)


def test_the_key_set_comes_from_the_key_vault_and_the_app_finds_it() -> None:
    settings = set_on_azure(verificationKeySetName="verification-keys")

    assert str(settings[SETTING_NAMES]).startswith("@Microsoft.KeyVault(VaultName=")
    assert str(settings[SETTING_NAMES]).endswith(";SecretName=verification-keys)")
    assert set(Settings.from_environment(environment(settings)).verification_keys) == {SETTING_NAMES}


def test_exactly_what_is_read_is_set_locally() -> None:
    example = json.loads((ROOT / "local.settings.example.json").read_text(encoding="utf-8"))
    host = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "LEDGER_EXPORT_SCHEDULE"}
    by_connection_string = {"Documents", "ServiceBus", "EventGridTopic__topicEndpointUri", "EventGridTopic__topicKey"}

    # Named, they are handed on to the command as well.
    to_try_others = {"POLICY_FILE", "ATTESTATION_KEYS", *(READ_BY_THE_FRONT_DOOR - {"SIGN_IN_GUESTS", "FORM_KEY"})}
    assert set(example["Values"]) == host | by_connection_string | to_try_others | READ_BY_THE_COMMAND
    assert by_connection_string | to_try_others <= read_by_the_app()
    assert connections() <= set(example["Values"])


@pytest.mark.parametrize("given", WAYS, ids=str)
def test_nothing_is_set_that_flex_consumption_refuses_or_that_holds_a_secret(given: dict[str, Any]) -> None:
    settings = set_on_azure(**given)

    assert not set(settings) & REFUSED_BY_FLEX
    key_sets = {SETTING_NAMES, "ATTESTATION_KEYS"}  # which hold public keys
    values = {name: str(value) for name, value in settings.items() if name not in key_sets}
    assert not [name for name, value in values.items() if "key" in value.lower()]


def test_the_host_takes_what_the_front_door_takes_and_little_more() -> None:
    limit = int(set_on_azure("web", webFrontDoor=True)["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"])

    assert MOST_BYTES < limit <= MOST_BYTES + (1 << 20)


def test_the_policy_file_that_azure_names_is_there() -> None:
    assert (ROOT / set_on_azure()["POLICY_FILE"]).is_file()


def test_the_command_line_gets_its_settings_from_the_deployment() -> None:
    outputs = set(main().outputs)

    assert outputs >= set(SAMPLES) | READ_BY_THE_COMMAND
    assert set(SAMPLES) <= read_by_the_app()


def test_a_disabled_function_is_one_of_the_app() -> None:
    named = [name.split(".")[1] for name in set_on_azure() if name.startswith("AzureWebJobs.")]

    assert named == [OF_THE_FRONT_DOOR, UPLOADED]
    assert set(named) <= set(functions())
