"""The app on Flex Consumption: its identity, its package, its instances."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.infra.app import functions
from tests.infra.bicep import Resource, main

IDENTITY: Final = "Microsoft.ManagedIdentity/userAssignedIdentities:id-unique0string.id"


def sites(**given: Any) -> list[Resource]:
    return [r for _, r in main(**given).deployed() if r.type == "Microsoft.Web/sites"]


def site(**given: Any) -> Resource:
    (found,) = sites(**given)
    return found


def scale_of(found: Resource) -> dict[str, Any]:
    return found.properties["functionAppConfig"]["scaleAndConcurrency"]


def scale(**given: Any) -> dict[str, Any]:
    return scale_of(site(**given))


def test_the_app_has_one_identity_and_uses_it_for_everything() -> None:
    storage = site().properties["functionAppConfig"]["deployment"]["storage"]["authentication"]

    assert site().body["identity"] == {
        "type": "UserAssigned",
        "userAssignedIdentities": {f"${{{IDENTITY}}}": {}},
    }
    assert str(site().properties["keyVaultReferenceIdentity"]) == IDENTITY
    assert storage["type"] == "UserAssignedIdentity"
    assert str(storage["userAssignedIdentityResourceId"]) == IDENTITY


def test_the_package_is_in_a_container_that_is_deployed() -> None:
    storage = site().properties["functionAppConfig"]["deployment"]["storage"]
    containers = [r.reference.name for _, r in main().deployed() if r.type.endswith("/blobServices/containers")]
    account, _, container = next(name for name in containers if "app-package" in name).split("/")

    assert storage["type"] == "blobContainer"
    assert storage["value"] == (
        f"${{Microsoft.Storage/storageAccounts:{account}.properties.primaryEndpoints.blob}}{container}"
    )
    assert account == "sthostunique0string"


def test_the_plan_is_flex_consumption_on_linux() -> None:
    (plan,) = (r for _, r in main().deployed() if r.type == "Microsoft.Web/serverfarms")

    assert plan.body["sku"] == {"name": "FC1", "tier": "FlexConsumption"}
    assert plan.properties["reserved"] is True
    assert site().body["kind"] == "functionapp,linux"
    assert str(site().properties["serverFarmId"]) == f"{plan.reference}.id"
    assert site().properties["functionAppConfig"]["runtime"] == {"name": "python", "version": "3.12"}
    assert site().properties["httpsOnly"] is True


def test_instances_are_as_asked() -> None:
    assert scale() == {"instanceMemoryMB": 2048, "maximumInstanceCount": 40, "alwaysReady": [], "triggers": None}
    given = scale(instanceMemoryMB=4096, maximumInstanceCount=100, alwaysReadyDurable=2)
    assert given["instanceMemoryMB"] == 4096
    assert given["maximumInstanceCount"] == 100
    assert [group["instanceCount"] for group in given["alwaysReady"]] == [2]


def test_instances_stay_ready_for_groups_of_functions_that_exist() -> None:
    """See https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#always-ready-instances ."""
    kinds = {trigger["type"] for trigger in functions().values()}
    groups = {f"function:{name}" for name in functions()}
    groups |= {"durable"} if "orchestrationTrigger" in kinds else set()
    groups |= {"blob"} if "blobTrigger" in kinds else set()

    groups |= {"http"} if "httpTrigger" in kinds else set()
    ready = {
        s.name: scale_of(s)["alwaysReady"] for s in sites(webFrontDoor=True, alwaysReadyDurable=1, alwaysReadyWeb=2)
    }

    assert ready == {
        "func-unique0string": [{"name": "durable", "instanceCount": 1}],
        "func-web-unique0string": [{"name": "http", "instanceCount": 2}],
    }
    assert {"durable", "http"} <= groups


def test_an_instance_of_the_front_door_answers_several_requests_at_once() -> None:
    """Azure gives Python one by default, and a page may wait for an answer."""
    (_, web) = sites(webFrontDoor=True)

    assert scale_of(web)["triggers"] == {"http": {"perInstanceConcurrency": 16}}


def test_publishing_passwords_are_off_on_this_site() -> None:
    policies = [r for _, r in main().deployed() if r.type.endswith("/basicPublishingCredentialsPolicies")]

    assert {policy.name for policy in policies} == {"scm", "ftp"}
    assert {policy.body["parent"] for policy in policies} == {site().reference}


@pytest.mark.parametrize("name", ["stdocsunique0string", "sthostunique0string", "stdeadunique0string"])
def test_names_of_accounts_fit(name: str) -> None:
    """3 to 24 small letters and digits, https://learn.microsoft.com/azure/storage/common/storage-account-overview ."""
    accounts = {r.name for _, r in main().deployed() if r.type == "Microsoft.Storage/storageAccounts"}

    assert name in accounts
    assert name.isalnum() and name.islower() and len(name) <= 24
