"""Each setting of the app has the value that its reader expects, of the right resource."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.infra.app_settings import set_on_azure
from tests.infra.test_halves import HALVES

CLIENT: Final = "Microsoft.ManagedIdentity/userAssignedIdentities:id-unique0string.properties.clientId"
DOCUMENTS: Final = "Microsoft.Storage/storageAccounts:stdocsunique0string.properties.primaryEndpoints"
INSIGHTS: Final = "Microsoft.Insights/components:appi-unique0string"
SCHEDULER: Final = "Microsoft.DurableTask/schedulers:dts-unique0string.properties.endpoint"

ALWAYS: Final = {
    "AzureWebJobsStorage__accountName": "sthostunique0string",
    "AzureWebJobsStorage__credential": "managedidentity",
    "AzureWebJobsStorage__clientId": CLIENT,
    "APPLICATIONINSIGHTS_CONNECTION_STRING": f"{INSIGHTS}.properties.ConnectionString",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": f"ClientId=${{{CLIENT}}};Authorization=AAD",
    "AZURE_CLIENT_ID": CLIENT,
    "Documents__blobServiceUri": f"{DOCUMENTS}.blob",
    "Documents__tableServiceUri": f"{DOCUMENTS}.table",
    "ServiceBus__fullyQualifiedNamespace": "sbns-unique0string.servicebus.windows.net",
    "ServiceBus__credential": "managedidentity",
    "ServiceBus__clientId": CLIENT,
    "EventGridTopic__topicEndpointUri": "Microsoft.EventGrid/topics:evgt-unique0string.properties.endpoint",
    "POLICY_FILE": "policies/default.yaml",
    "LEDGER_TRANSACTIONS": "direct",
    "LEDGER_EXPORT_SCHEDULE": "0 0 2 * * *",
    "ENVIRONMENT_NAME": "dev",
    "AzureWebJobsDisableHomepage": "true",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": str(17 * 2**20),
}
OTHER_HALF: Final = {f"AzureWebJobs.{name}.Disabled": "true" for name in HALVES["web"]["functions"]}
BY_QUEUE: Final = {"AzureWebJobs.on_document_uploaded.Disabled": "true"}
BY_TRIGGER: Final = {
    "Documents__queueServiceUri": f"{DOCUMENTS}.queue",
    "Documents__credential": "managedidentity",
    "Documents__clientId": CLIENT,
}
WITH_SCHEDULER: Final = {
    "DURABLE_TASK_SCHEDULER_CONNECTION_STRING": f"Endpoint=${{{SCHEDULER}}};Authentication=ManagedIdentity;"
    f"ClientID=${{{CLIENT}}};TaskHub=DocumentCompliance",
}
WITH_FRONT_DOOR: Final = {"ATTESTATION_KEYS": "@Microsoft.KeyVault(VaultName=kv-unique0string;SecretName=door)"}
WITH_KEYS: Final = {"VERIFICATION_KEYS": "@Microsoft.KeyVault(VaultName=kv-unique0string;SecretName=reviewers)"}


CASES: Final[list[tuple[dict[str, Any], dict[str, str]]]] = [
    ({}, BY_QUEUE),
    ({"useBlobTrigger": True}, BY_TRIGGER),
    ({"durableBackend": "scheduler"}, BY_QUEUE | WITH_SCHEDULER),
    ({"verificationKeySetName": "reviewers"}, BY_QUEUE | WITH_KEYS),
    ({"attestationKeySetName": "door"}, BY_QUEUE | WITH_FRONT_DOOR),
    ({"usePrivateNetwork": True}, BY_QUEUE),
    ({"policyFile": "policies/other.yaml"}, BY_QUEUE | {"POLICY_FILE": "policies/other.yaml"}),
    ({"ledgerTransactions": "sdk"}, BY_QUEUE | {"LEDGER_TRANSACTIONS": "sdk"}),
    ({"ledgerExportSchedule": "0 0 3 * * *"}, BY_QUEUE | {"LEDGER_EXPORT_SCHEDULE": "0 0 3 * * *"}),
]


@pytest.mark.parametrize(("given", "expected"), CASES, ids=[str(given) for given, _ in CASES])
def test_every_setting_has_its_value(given: dict[str, Any], expected: dict[str, str]) -> None:
    settings = set_on_azure(environmentName="dev", **given)

    assert {name: str(value) for name, value in settings.items()} == ALWAYS | OTHER_HALF | expected
