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
}
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
}
CLOSABLE: Final = {
    "Microsoft.Storage/storageAccounts",
    "Microsoft.ServiceBus/namespaces",
    "Microsoft.EventGrid/topics",
    "Microsoft.KeyVault/vaults",
}
# Event Grid, a trusted service, writes to it from outside; nothing else uses it.
REACHED_FROM_OUTSIDE: Final = {"stdeadunique0string"}


def deployed(kind: str, *, private: bool = True) -> list[Resource]:
    deployment = main(usePrivateNetwork=private, webFrontDoor=True)
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
    closed = {r.reference for _, r in main(usePrivateNetwork=True, webFrontDoor=True).deployed() if r.type in CLOSABLE}
    named = {name.removesuffix(".id") for name, _ in ENDPOINTS}
    assert {str(each) for each in closed if each.name not in REACHED_FROM_OUTSIDE} == named


def test_an_endpoint_is_in_the_zone_of_its_group_and_the_network_reads_each_zone() -> None:
    groups = {each.reference.name: connection(each)["groupIds"][0] for each in deployed("Network/privateEndpoints")}
    records = deployed("Network/privateEndpoints/privateDnsZoneGroups")

    for record in records:
        group = groups.pop(record.body["parent"].name)
        (config,) = record.properties["privateDnsZoneConfigs"]
        assert str(config["properties"]["privateDnsZoneId"]) == f"Microsoft.Network/privateDnsZones:{ZONES[group]}.id"
    assert groups == {}, "they have no name in the network"
    assert {zone.name for zone in deployed("Network/privateDnsZones")} == set(ZONES.values())
    links = deployed("Network/privateDnsZones/virtualNetworkLinks")
    (network,) = deployed("Network/virtualNetworks")
    assert {link.body["parent"].name for link in links} == set(ZONES.values())
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
    assert subnets["app"].properties["defaultOutboundAccess"] is True, "the app could not sign in"
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
