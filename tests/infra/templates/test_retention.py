"""How long what is kept where, in each kind of environment, and how well protected."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.infra.bicep import Resource, main

DOCUMENTS: Final = "stdocsunique0string"
# docs/operations.md promises these. Soft delete in days, logs in days and GB a day.
ENVIRONMENTS: Final[dict[str, dict[str, Any]]] = {
    "dev": {"sku": "Standard_LRS", "soft_delete": 7, "logs": 30, "cap": 1, "purge_protection": None},
    "test": {"sku": "Standard_LRS", "soft_delete": 14, "logs": 30, "cap": 2, "purge_protection": True},
    "prod": {"sku": "Standard_GRS", "soft_delete": 30, "logs": 90, "cap": 10, "purge_protection": True},
}


def deployed(kind: str, **given: Any) -> list[Resource]:
    return [r for _, r in main(**given).deployed() if r.type == f"Microsoft.{kind}"]


def one(kind: str, account: str | None = None, **given: Any) -> Resource:
    (found,) = (r for r in deployed(kind, **given) if account is None or r.reference.name.startswith(account))
    return found


@pytest.mark.parametrize("kind", ENVIRONMENTS)
def test_an_environment_keeps_what_its_kind_promises(kind: str) -> None:
    promised = ENVIRONMENTS[kind]
    blobs = one("Storage/storageAccounts/blobServices", DOCUMENTS, environmentKind=kind).properties
    workspace = one("OperationalInsights/workspaces", environmentKind=kind).properties
    vault = one("KeyVault/vaults", environmentKind=kind).properties

    assert one("Storage/storageAccounts", DOCUMENTS, environmentKind=kind).body["sku"]["name"] == promised["sku"]
    assert blobs["deleteRetentionPolicy"] == {"enabled": True, "days": promised["soft_delete"]}
    assert blobs["containerDeleteRetentionPolicy"] == {"enabled": True, "days": promised["soft_delete"]}
    assert workspace["retentionInDays"] == promised["logs"]
    assert workspace["workspaceCapping"] == {"dailyQuotaGb": promised["cap"]}
    assert vault["enablePurgeProtection"] is promised["purge_protection"]
    assert (vault["enableSoftDelete"], vault["softDeleteRetentionInDays"]) == (True, 90)


def test_versions_and_changes_of_documents_are_kept() -> None:
    blobs = one("Storage/storageAccounts/blobServices", DOCUMENTS).properties

    assert blobs["isVersioningEnabled"] is True
    assert blobs["changeFeed"] == {"enabled": True, "retentionInDays": 90}


@pytest.mark.parametrize("kind", ENVIRONMENTS)
def test_documents_move_to_cheaper_tiers_and_old_versions_end(kind: str) -> None:
    given = {"environmentKind": kind, "coldAfterDays": 20, "archiveAfterDays": 100}
    rules = one("Storage/storageAccounts/managementPolicies", DOCUMENTS, **given).properties["policy"]["rules"]
    tiers, versions = (rule["definition"] for rule in rules)

    assert [(rule["enabled"], rule["type"]) for rule in rules] == [(True, "Lifecycle")] * 2
    assert tiers["filters"] == {"blobTypes": ["blockBlob"], "prefixMatch": ["archived/"]}
    assert tiers["actions"]["baseBlob"] == {
        "tierToCold": {"daysAfterModificationGreaterThan": 20},
        "tierToArchive": {"daysAfterModificationGreaterThan": 100},
    }
    days = ENVIRONMENTS[kind]["soft_delete"]
    assert versions["actions"] == {"version": {"delete": {"daysAfterCreationGreaterThan": days}}}


def test_without_being_asked_documents_become_cold_before_they_are_archived() -> None:
    (rule, _) = one("Storage/storageAccounts/managementPolicies", DOCUMENTS).properties["policy"]["rules"]
    moves = rule["definition"]["actions"]["baseBlob"]

    assert moves["tierToCold"]["daysAfterModificationGreaterThan"] == 30
    assert moves["tierToArchive"]["daysAfterModificationGreaterThan"] == 180


def test_dead_letters_are_kept_for_three_months() -> None:
    policy = one("Storage/storageAccounts/managementPolicies", "stdead").properties["policy"]
    (rule,) = policy["rules"]

    assert rule["enabled"] is True
    assert rule["definition"] == {
        "filters": {"blobTypes": ["blockBlob"]},
        "actions": {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 90}}},
    }
    assert one("Storage/storageAccounts/blobServices", "stdead").properties["deleteRetentionPolicy"]["enabled"] is True


def test_no_rule_deletes_what_the_host_needs() -> None:
    rules = deployed("Storage/storageAccounts/managementPolicies")

    assert {rule.reference.name.partition("/")[0] for rule in rules} == {DOCUMENTS, "stdeadunique0string"}


def test_the_audit_policy_is_of_the_container_of_exports() -> None:
    kind = "Storage/storageAccounts/blobServices/containers/immutabilityPolicies"
    policy = one(kind, auditRetentionDays=3650)

    assert policy.reference.name == f"{DOCUMENTS}/default/audit/default"
    assert policy.properties == {"immutabilityPeriodSinceCreationInDays": 3650}
    assert deployed(kind) == []


def test_defender_stops_at_the_gigabytes_that_were_named() -> None:
    scan = one("Security/defenderForStorageSettings", malwareScanning=True, malwareScanningGBPerMonth=70).properties

    assert scan["isEnabled"] is scan["overrideSubscriptionLevelSettings"] is True
    assert scan["malwareScanning"]["onUpload"]["isEnabled"] is True
    assert scan["malwareScanning"]["onUpload"]["capGBPerMonth"] == 70
    default = one("Security/defenderForStorageSettings", malwareScanning=True).properties["malwareScanning"]
    assert default["onUpload"]["capGBPerMonth"] == 1000
