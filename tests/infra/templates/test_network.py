"""The private network: what is closed has an endpoint, what has an endpoint is found, and the rest can get out."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any, Final

import pytest

from tests.infra.bicep import Resource, main

STORAGE: Final = "${environment().suffixes.storage}"
# https://learn.microsoft.com/azure/private-link/private-endpoint-dns
ZONES: Final = {
    "blob": f"privatelink.blob.{STORAGE}",
    "queue": f"privatelink.queue.{STORAGE}",
    "table": f"privatelink.table.{STORAGE}",
    "namespace": "privatelink.servicebus.windows.net",
    "topic": "privatelink.eventgrid.azure.net",
    "vault": "privatelink.vaultcore.azure.net",
    "sites": "privatelink.azurewebsites.net",
    "scheduler": "privatelink.durabletask.io",
}
# https://learn.microsoft.com/azure/azure-monitor/fundamentals/private-link-configure
MONITOR_ZONES: Final = {
    "privatelink.monitor.azure.com",
    "privatelink.oms.opinsights.azure.com",
    "privatelink.ods.opinsights.azure.com",
    "privatelink.agentsvc.azure-automation.net",
    f"privatelink.blob.{STORAGE}",
}
ALL_ZONES: Final = set(ZONES.values()) | MONITOR_ZONES
# The Durable hub needs all three services of the host's account.
ENDPOINTS: Final = {
    ("Microsoft.Storage/storageAccounts:sthostunique0string.id", "blob"),
    ("Microsoft.Storage/storageAccounts:sthostunique0string.id", "queue"),
    ("Microsoft.Storage/storageAccounts:sthostunique0string.id", "table"),
    (
        "Microsoft.Storage/storageAccounts:stwebunique0string.id",
        "blob",
    ),  # leases and the package; it runs no orchestration
    ("Microsoft.Storage/storageAccounts:stdocsunique0string.id", "blob"),
    ("Microsoft.Storage/storageAccounts:stdocsunique0string.id", "queue"),
    ("Microsoft.Storage/storageAccounts:stdocsunique0string.id", "table"),
    ("Microsoft.ServiceBus/namespaces:sbns-unique0string.id", "namespace"),
    ("Microsoft.EventGrid/topics:evgt-unique0string.id", "topic"),
    ("Microsoft.KeyVault/vaults:kv-unique0string.id", "vault"),
    ("Microsoft.DurableTask/schedulers:dts-unique0string.id", "scheduler"),
    ("Microsoft.Web/sites:func-unique0string.id", "sites"),
    ("Microsoft.Web/sites:func-web-unique0string.id", "sites"),
    ("Microsoft.Insights/privateLinkScopes:pls-unique0string.id", "azuremonitor"),
}
CLOSABLE: Final = {
    "Microsoft.Storage/storageAccounts",
    "Microsoft.ServiceBus/namespaces",
    "Microsoft.EventGrid/topics",
    "Microsoft.KeyVault/vaults",
    "Microsoft.DurableTask/schedulers",
}
# Event Grid, a trusted service, writes to it from outside; nothing else uses it.
REACHED_FROM_OUTSIDE: Final = {"stdeadunique0string"}


EVERYTHING: Final[dict[str, Any]] = {"webFrontDoor": True, "durableBackend": "scheduler"}
EXISTING: Final[dict[str, Any]] = {
    "existingAppSubnetId": "/subscriptions/s/resourceGroups/hub/networks/n/subnets/app",
    "existingEndpointSubnetId": "/subscriptions/s/resourceGroups/hub/networks/n/subnets/endpoints",
}
EXISTING_ZONES: Final[dict[str, Any]] = {"existingDnsZonesGroupId": "/subscriptions/s/resourceGroups/dns"}


def deployed(kind: str, *, private: bool = True, **given: Any) -> list[Resource]:
    deployment = main(usePrivateNetwork=private, **EVERYTHING, **given)
    found = [r for _, r in deployment.deployed() if r.type == f"Microsoft.{kind}"]
    assert found or not private
    return found


def connection(endpoint: Resource) -> dict[str, Any]:
    (found,) = endpoint.properties["privateLinkServiceConnections"]
    return found["properties"]


def test_every_closed_resource_has_the_endpoints_that_the_app_uses() -> None:
    endpoints = [connection(endpoint) for endpoint in deployed("Network/privateEndpoints")]

    assert {(str(each["privateLinkServiceId"]), *each["groupIds"]) for each in endpoints} == ENDPOINTS
    assert len(endpoints) == len(ENDPOINTS)
    closed = {r.reference for _, r in main(usePrivateNetwork=True, **EVERYTHING).deployed() if r.type in CLOSABLE}
    named = {name.removesuffix(".id") for name, group in ENDPOINTS if group not in ("sites", "azuremonitor")}
    assert {str(each) for each in closed if each.name not in REACHED_FROM_OUTSIDE} == named


def test_an_endpoint_is_in_the_zone_of_its_group_and_the_network_reads_each_zone() -> None:
    groups = {each.reference.name: connection(each)["groupIds"][0] for each in deployed("Network/privateEndpoints")}
    records = deployed("Network/privateEndpoints/privateDnsZoneGroups")

    for record in records:
        group = groups.pop(record.body["parent"].name)
        wanted = MONITOR_ZONES if group == "azuremonitor" else {ZONES[group]}
        ids = [config["properties"]["privateDnsZoneId"] for config in record.properties["privateDnsZoneConfigs"]]
        assert {name.rpartition("/privateDnsZones/")[2] for name in ids} == wanted
        assert all(name.startswith("${resourceGroup().id}/providers/Microsoft.Network/privateDns") for name in ids)
    assert groups == {}, "they have no name in the network"
    assert sorted(zone.name for zone in deployed("Network/privateDnsZones")) == sorted(ALL_ZONES)
    links = deployed("Network/privateDnsZones/virtualNetworkLinks")
    (network,) = deployed("Network/virtualNetworks")
    assert {link.body["parent"].name for link in links} == ALL_ZONES
    assert {str(link.properties["virtualNetwork"]["id"]) for link in links} == {f"{network.reference}.id"}
    assert not any(link.properties["registrationEnabled"] for link in links)
    assert all(zone.body["location"] == "global" for zone in [*deployed("Network/privateDnsZones"), *links])


def test_the_app_and_the_endpoints_have_subnets_of_their_own() -> None:
    (network,) = deployed("Network/virtualNetworks")
    subnets = {subnet.name: subnet for subnet in deployed("Network/virtualNetworks/subnets")}
    (space,) = (ip_network(each) for each in network.properties["addressSpace"]["addressPrefixes"])
    app, endpoints = (ip_network(subnets[name].properties["addressPrefix"]) for name in ("app", "endpoints"))
    (delegation,) = subnets["app"].properties["delegations"]

    assert app.subnet_of(space) and endpoints.subnet_of(space) and not app.overlaps(endpoints)  # pyright: ignore[reportArgumentType]
    assert app.prefixlen <= 27, "Flex Consumption wants at least that much"
    assert delegation["properties"]["serviceName"] == "Microsoft.App/environments"
    (gateway,), (address,) = deployed("Network/natGateways"), deployed("Network/publicIPAddresses")
    assert str(subnets["app"].properties["natGateway"]["id"]) == f"{gateway.reference}.id", "the app could not sign in"
    assert [str(each["id"]) for each in gateway.properties["publicIpAddresses"]] == [f"{address.reference}.id"]
    assert address.properties["publicIPAllocationMethod"] == "Static"
    assert address.body["sku"]["name"] == gateway.body["sku"]["name"] == "Standard", "no other fits a NAT gateway"
    assert not any(subnet.properties["defaultOutboundAccess"] for subnet in subnets.values())
    assert "delegations" not in subnets["endpoints"].properties
    used = {str(endpoint.properties["subnet"]["id"]) for endpoint in deployed("Network/privateEndpoints")}
    assert used == {f"{subnets['endpoints'].reference}.id"}
    for site in deployed("Web/sites"):
        assert str(site.properties["virtualNetworkSubnetId"]) == f"{subnets['app'].reference}.id", site.name


def test_names_of_endpoints_differ() -> None:
    names = [endpoint.name for endpoint in deployed("Network/privateEndpoints")]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", sorted(kind.partition(".")[2] for kind in CLOSABLE))
def test_access_from_outside_is_closed_with_the_network_and_open_without(kind: str) -> None:
    for private, word in ((True, "Disabled"), (False, "Enabled")):
        for resource in deployed(kind, private=private):
            access = resource.properties["publicNetworkAccess"]
            assert access == ("Enabled" if resource.name in REACHED_FROM_OUTSIDE else word), resource.name
            if "networkAcls" in resource.properties:
                acls = {"bypass": "AzureServices", "defaultAction": "Deny" if private else "Allow"}
                assert resource.properties["networkAcls"] == acls, resource.name


def test_service_bus_lets_only_the_network_and_event_grid_in() -> None:
    (firewall,) = deployed("ServiceBus/namespaces/networkRuleSets")
    (namespace,) = deployed("ServiceBus/namespaces")

    assert firewall.body["parent"] == namespace.reference
    assert firewall.name == "default"
    assert firewall.properties == {
        "publicNetworkAccess": "Disabled",
        "defaultAction": "Deny",
        "trustedServiceAccessEnabled": True,
    }
    assert namespace.body["sku"] == {"name": "Premium", "tier": "Premium", "capacity": 1}


def test_an_existing_network_is_used_and_not_changed() -> None:
    for kind in ("virtualNetworks", "virtualNetworks/subnets", "natGateways", "publicIPAddresses"):
        assert not [r for _, r in main(usePrivateNetwork=True, **EXISTING).deployed() if r.type.endswith(f"/{kind}")]
    sites = deployed("Web/sites", **EXISTING)
    endpoints = deployed("Network/privateEndpoints", **EXISTING)
    links = deployed("Network/privateDnsZones/virtualNetworkLinks", **EXISTING)

    assert {s.properties["virtualNetworkSubnetId"] for s in sites} == {EXISTING["existingAppSubnetId"]}
    assert {e.properties["subnet"]["id"] for e in endpoints} == {EXISTING["existingEndpointSubnetId"]}
    network = EXISTING["existingAppSubnetId"].partition("/subnets/")[0]
    assert {link.properties["virtualNetwork"]["id"] for link in links} == {network}


def test_records_go_into_existing_zones_and_telemetry_stays_open_then() -> None:
    """All networks that share zones can use one private link scope only, so it is not ours."""
    given = main(usePrivateNetwork=True, **EXISTING, **EXISTING_ZONES)
    kinds = {r.type for _, r in given.deployed()}
    records = deployed("Network/privateEndpoints/privateDnsZoneGroups", **EXISTING_ZONES)
    ids = {c["properties"]["privateDnsZoneId"] for r in records for c in r.properties["privateDnsZoneConfigs"]}
    (workspace,) = deployed("OperationalInsights/workspaces", **EXISTING_ZONES)

    assert kinds.isdisjoint({"Microsoft.Network/privateDnsZones", "Microsoft.Insights/privateLinkScopes"})
    prefix = "/subscriptions/s/resourceGroups/dns/providers/Microsoft.Network/privateDnsZones/"
    assert ids == {prefix + zone for zone in ZONES.values()}
    assert workspace.properties["publicNetworkAccessForIngestion"] == "Enabled"


def test_telemetry_comes_from_the_network_alone_and_is_read_from_anywhere() -> None:
    (scope,) = deployed("Insights/privateLinkScopes")
    linked = {str(r.properties["linkedResourceId"]) for r in deployed("Insights/privateLinkScopes/scopedResources")}

    assert scope.properties["accessModeSettings"] == {"ingestionAccessMode": "PrivateOnly", "queryAccessMode": "Open"}
    assert linked == {
        "Microsoft.OperationalInsights/workspaces:log-unique0string.id",
        "Microsoft.Insights/components:appi-unique0string.id",
    }
    for private, ingestion in ((True, "Disabled"), (False, "Enabled")):
        for kind in ("OperationalInsights/workspaces", "Insights/components"):
            (each,) = deployed(kind, private=private)
            assert each.properties["publicNetworkAccessForIngestion"] == ingestion
            assert each.properties["publicNetworkAccessForQuery"] == "Enabled"


@pytest.mark.parametrize(
    ("given", "door", "main_door"),
    [
        ({"private": False}, "Enabled", "Allow"),
        ({"private": False, "closeDeployment": True}, "Enabled", "Allow"),
        ({}, "Enabled", "Deny"),
        ({"closeDeployment": True}, "Disabled", "Deny"),
    ],
    ids=str,
)
def test_the_network_closes_the_sites_but_for_deployments_unless_these_are_closed_too(
    given: dict[str, Any], door: str, main_door: str
) -> None:
    for site in deployed("Web/sites", **given):
        config = site.properties["siteConfig"]
        assert (site.properties["publicNetworkAccess"], config["ipSecurityRestrictionsDefaultAction"]) == (
            door,
            main_door,
        )
        assert config["ipSecurityRestrictions"] == []
        assert config["scmIpSecurityRestrictionsUseMain"] is False
        assert config["scmIpSecurityRestrictionsDefaultAction"] == "Allow"


def test_event_grid_may_call_the_blob_trigger_of_a_closed_site() -> None:
    rules = {
        s.name: s.properties["siteConfig"]["ipSecurityRestrictions"] for s in deployed("Web/sites", useBlobTrigger=True)
    }

    assert rules.pop("func-web-unique0string") == []
    ((rule,),) = rules.values()
    assert (rule["action"], rule["ipAddress"], rule["tag"]) == ("Allow", "AzureEventGrid", "ServiceTag")


def test_the_app_starts_when_it_can_reach_everything() -> None:
    waits = {m.symbol: {w["symbol"] for w in m.body.get("dependsOn", [])} for m in main(usePrivateNetwork=True).modules}

    assert "privateEndpoints" in waits["functionApp"] & waits["webApp"]


def test_the_scheduler_lets_the_app_in_from_anywhere() -> None:
    """An empty list would let nobody in; the app has no fixed address, and the role decides."""
    (scheduler,) = (r for _, r in main(durableBackend="scheduler").deployed() if r.type.endswith("/schedulers"))

    assert scheduler.properties["ipAllowlist"] == ["0.0.0.0/0"]
    assert scheduler.properties["sku"] == {"name": "Consumption"}


def test_without_the_network_there_is_none() -> None:
    assert [r.symbol for _, r in main().deployed() if r.type.startswith("Microsoft.Network/")] == []
    (namespace,) = deployed("ServiceBus/namespaces", private=False)

    assert [s.properties["virtualNetworkSubnetId"] for s in deployed("Web/sites", private=False)] == [None, None]
    assert namespace.body["sku"] == {"name": "Standard", "tier": "Standard"}
    assert deployed("ServiceBus/namespaces/networkRuleSets", private=False) == []
