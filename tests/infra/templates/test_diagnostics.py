"""What Azure's services log goes to the workspace, from every resource but those with a reason."""

from __future__ import annotations

from typing import Any, Final

from tests.infra.bicep import Resource, main

EVERYTHING: Final = {
    "useBlobTrigger": True,
    "durableBackend": "scheduler",
    "usePrivateNetwork": True,
    "webFrontDoor": True,
}
WORKSPACE: Final = "Microsoft.OperationalInsights/workspaces:log-unique0string.id"
# Categories: https://learn.microsoft.com/azure/azure-monitor/reference/logs-index
LOGGED: Final[dict[str, set[str]]] = {
    "Microsoft.Storage/storageAccounts/blobServices:stdocsunique0string/default": {"StorageWrite", "StorageDelete"},
    "Microsoft.ServiceBus/namespaces:sbns-unique0string": {"OperationalLogs"},
    "Microsoft.EventGrid/topics:evgt-unique0string": {"DeliveryFailures", "PublishFailures"},
    "Microsoft.EventGrid/systemTopics:egst-unique0string": {"DeliveryFailures"},
    "Microsoft.KeyVault/vaults:kv-unique0string": {"audit"},
    "Microsoft.DurableTask/schedulers:dts-unique0string": {"allLogs"},
}
NOT_LOGGED: Final = {
    "Microsoft.Storage/storageAccounts/blobServices:sthostunique0string/default": "leases and packages only",
    "Microsoft.Storage/storageAccounts/blobServices:stdeadunique0string/default": "written by Event Grid alone",
    "Microsoft.Storage/storageAccounts/tableServices:stdocsunique0string/default": "the ledger is a hash chain",
    "Microsoft.Web/sites:func-unique0string": "logs to Application Insights itself",
    "Microsoft.Storage/storageAccounts/blobServices:stwebunique0string/default": "leases and packages only",
    "Microsoft.Web/sites:func-web-unique0string": "logs to Application Insights itself",
}
SOURCES: Final = {kind.partition(":")[0] for kind in (*LOGGED, *NOT_LOGGED)}


def deployed(**given: Any) -> list[Resource]:
    return [resource for _, resource in main(**given).deployed()]


def test_every_source_of_logs_is_read_or_has_a_reason() -> None:
    sources = {str(resource.reference) for resource in deployed(**EVERYTHING) if resource.type in SOURCES}

    assert sources == {*LOGGED, *NOT_LOGGED}


def test_each_setting_sends_its_categories_to_the_workspace() -> None:
    settings = [r for r in deployed(**EVERYTHING) if r.type == "Microsoft.Insights/diagnosticSettings"]
    found = {}
    for setting in settings:
        assert str(setting.properties["workspaceId"]) == WORKSPACE
        assert all(log["enabled"] is True for log in setting.properties["logs"])
        found[str(setting.body["scope"])] = {
            log.get("category", log.get("categoryGroup")) for log in setting.properties["logs"]
        }

    assert found == LOGGED
    assert len(settings) == len(found)


def test_telemetry_goes_to_the_workspace() -> None:
    (insights,) = (r for r in deployed() if r.type == "Microsoft.Insights/components")

    assert f"{insights.properties['WorkspaceResourceId']}" == WORKSPACE
    assert insights.properties["Application_Type"] == "web"
    (workspace,) = (r for r in deployed() if r.type == "Microsoft.OperationalInsights/workspaces")
    assert workspace.properties["features"] == {
        "disableLocalAuth": True,
        "enableLogAccessUsingOnlyResourcePermissions": True,
    }
