"""What main.bicep gives a module is of the resource that the parameter means, so nothing acts on another one."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.infra.bicep import Module, main

EVERYTHING: Final = main(
    environmentName="dev",
    useBlobTrigger=True,
    durableBackend="scheduler",
    usePrivateNetwork=True,
    malwareScanning=True,
    operatorId="people",
    webFrontDoor=True,
    signInClientId="registration",
)
WORKSPACE: Final = "Microsoft.OperationalInsights/workspaces:log-unique0string"
NAMESPACE: Final = "Microsoft.ServiceBus/namespaces:sbns-unique0string"
TOPIC: Final = "Microsoft.EventGrid/topics:evgt-unique0string"
SYSTEM_TOPIC: Final = "Microsoft.EventGrid/systemTopics:egst-unique0string"
IDENTITY: Final = "Microsoft.ManagedIdentity/userAssignedIdentities:id-unique0string"
DOCUMENTS: Final = "Microsoft.Storage/storageAccounts:stdocsunique0string"
# By the name of the parameter, the same in every module.
MEANT: Final = {
    "hostStorageName": "sthostunique0string",
    "documentsStorageName": "stdocsunique0string",
    "deadLetterStorageName": "stdeadunique0string",
    "serviceBusName": "sbns-unique0string",
    "topicName": "evgt-unique0string",
    "systemTopicName": "egst-unique0string",
    "insightsName": "appi-unique0string",
    "keyVaultName": "kv-unique0string",
    "schedulerName": "dts-unique0string",
    "workspaceName": "log-unique0string",
    "actionGroupName": "ag-unique0string",
    "planName": "plan-unique0string",
    "packageContainerName": "app-package-unique0",
    "workspaceId": f"{WORKSPACE}.id",
    "serviceBusId": f"{NAMESPACE}.id",
    "topicId": f"{TOPIC}.id",
    "systemTopicId": f"{SYSTEM_TOPIC}.id",
    "actionGroupId": "Microsoft.Insights/actionGroups:ag-unique0string.id",
    "documentsAccountId": f"{DOCUMENTS}.id",
    "deadLetterAccountId": "Microsoft.Storage/storageAccounts:stdeadunique0string.id",
    "subnetId": "Microsoft.Network/virtualNetworks/subnets:vnet-unique0string/app.id",
    "systemTopicPrincipalId": f"{SYSTEM_TOPIC}.identity.principalId",
    "topicPrincipalId": f"{TOPIC}.identity.principalId",
    "topicEndpoint": f"{TOPIC}.properties.endpoint",
    "serviceBusFullyQualifiedNamespace": "sbns-unique0string.servicebus.windows.net",
    "insightsConnectionString": "Microsoft.Insights/components:appi-unique0string.properties.ConnectionString",
    "packageContainerUrl": "${Microsoft.Storage/storageAccounts:sthostunique0string.properties.primaryEndpoints.blob}"
    "app-package-unique0",
    "encryptionIdentityId": "",
    "existingAppSubnetId": "",
    "existingEndpointSubnetId": "",
    "existingDnsZonesGroupId": "",
    "natGatewayName": "ng-unique0string",
    "publicIpName": "pip-unique0string",
    "insightsId": "Microsoft.Insights/components:appi-unique0string.id",
    "zonesGroupId": "resourceGroup().id",
    "location": "location",
    "environmentName": "dev",
    "tags": str({"azd-env-name": "dev", "application": "document-compliance", "environment": "dev"}),
    "publicNetworkAccess": "Disabled",
    "useBlobTrigger": "True",
    "signInClientId": "",
    "siteName": "func-web-unique0string",
    "clientId": "registration",
}
# Parameters that mean something else in each module.
NAMES: Final = {
    "identity": "id-unique0string",
    "hostStorage": "sthostunique0string",
    "documentsStorage": "stdocsunique0string",
    "deadLetterStorage": "stdeadunique0string",
    "serviceBus": "sbns-unique0string",
    "keyVault": "kv-unique0string",
    "scheduler": "dts-unique0string",
    "network": "vnet-unique0string",
    "functionApp": "func-unique0string",
    "workbook": "Document reviews",
    "monitorScope": "pls-unique0string",
    "webIdentity": "id-web-unique0string",
    "signInIdentity": "id-signin-unique0string",
    "webHostStorage": "stwebunique0string",
    "webApp": "func-web-unique0string",
}
WEB: Final = "Microsoft.ManagedIdentity/userAssignedIdentities:id-web-unique0string"
PRINCIPALS: Final = {
    "appRoles": f"{IDENTITY}.properties.principalId",
    "operatorRoles": "people",
    "webRoles": f"{WEB}.properties.principalId",
}
# The front door has its own host, and no scheduler.
OF_THE_FRONT_DOOR: Final = {
    "hostStorageName": "stwebunique0string",
    "planName": "plan-web-unique0string",
    "packageContainerUrl": MEANT["packageContainerUrl"].replace("sthost", "stweb"),
    "schedulerName": "",
    "signInClientId": "registration",
}


def modules() -> dict[str, Module]:
    return {module.symbol: module for module in EVERYTHING.modules}


@pytest.mark.parametrize("symbol", sorted(modules()))
def test_every_argument_is_what_the_parameter_means(symbol: str) -> None:
    given = modules()[symbol].params
    meant = MEANT | (OF_THE_FRONT_DOOR if symbol.startswith("web") else {})
    if symbol.endswith("ndpoints"):
        meant |= {"subnetId": "Microsoft.Network/virtualNetworks/subnets:vnet-unique0string/endpoints.id"}
    meant |= {"name": NAMES.get(symbol, ""), "principalId": PRINCIPALS.get(symbol, "")}

    assert {name: str(said) for name, said in given.items() if name in meant} == {
        name: said for name, said in meant.items() if name in given
    }
    resources = {name for name in given if name.endswith(("Name", "Id", "Ids", "Url", "Endpoint", "name"))}
    assert resources - {"skuName"} <= meant.keys(), "say above what is meant"


@pytest.mark.parametrize(
    ("symbol", "identity", "half"), [("functionApp", IDENTITY, "messages"), ("webApp", WEB, "web")]
)
def test_each_half_gets_its_identity_and_the_documents(symbol: str, identity: str, half: str) -> None:
    given = modules()[symbol].params

    assert given["half"] == half
    assert str(given["identity"]["id"]) == f"{identity}.id"
    assert str(given["identity"]["clientId"]) == f"{identity}.properties.clientId"
    assert {name: str(said) for name, said in given["documents"].items()} == {
        name: f"{DOCUMENTS}.properties.primaryEndpoints.{name}" for name in ("blob", "queue", "table")
    }


@pytest.mark.parametrize("symbol", sorted(modules()))
def test_everything_is_in_the_group(symbol: str) -> None:
    body: dict[str, Any] = modules()[symbol].body

    assert str(body["scope"]) == "Microsoft.Resources/resourceGroups:rg-dev"


def test_names_of_deployments_differ() -> None:
    names = [module.body["name"] for module in EVERYTHING.modules]

    assert len(names) == len(set(names))


SERVICES: Final = {
    "func-unique0string": {"azd-service-name": "app"},
    "func-web-unique0string": {"azd-service-name": "web"},
}


def test_azd_finds_what_it_deploys_by_tags() -> None:
    tags = {"azd-env-name": "dev", "application": "document-compliance", "environment": "dev"}
    assert {r.name for _, r in EVERYTHING.deployed() if r.type == "Microsoft.Web/sites"} == SERVICES.keys()
    untagged = ("Microsoft.Insights/diagnosticSettings", "Microsoft.Authorization/", "Microsoft.Security/")
    for _, resource in EVERYTHING.deployed():
        if "parent" not in resource.body and not resource.type.startswith(untagged):
            service = SERVICES.get(resource.name, {})
            assert resource.body["tags"] == tags | service, resource.reference


def test_one_upload_comes_one_way() -> None:
    by_queue = [r.name for _, r in main().deployed() if r.type.endswith("systemTopics/eventSubscriptions")]
    by_trigger = [r.name for _, r in EVERYTHING.deployed() if r.type.endswith("systemTopics/eventSubscriptions")]

    assert (by_queue, by_trigger) == (["blob-created"], [])
