"""A deployment works the first time, again after a change, and again after everything was deleted."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

import pytest

from tests.infra.bicep import INFRA, Module, Resource, main

# Every reader of the resource group or member of the tenant may.
READING: Final = ("az storage account show", "az account show", "az ad signed-in-user show", "az ad user show")


def deployed(kind: str, **given: Any) -> list[Resource]:
    return [resource for _, resource in main(**given).deployed() if resource.type == kind]


def comes_after(**given: Any) -> dict[str, set[str]]:
    """Return the modules that each module names in `dependsOn`, and those that these wait for."""
    modules = {module.symbol: module for module in main(**given).modules}

    def waits(module: Module) -> set[str]:
        direct = {waited["symbol"] for waited in module.body.get("dependsOn", [])}
        return direct.union(*(waits(modules[symbol]) for symbol in direct))

    return {symbol: waits(module) for symbol, module in modules.items()}


def test_defender_comes_after_our_system_topic() -> None:
    """It makes one of its own as soon as it is on, and Azure takes one per account: microsoft/AzureTRE issue 4978."""
    (defender,) = deployed("Microsoft.Security/defenderForStorageSettings", malwareScanning=True)
    (account,) = [a for a in deployed("Microsoft.Storage/storageAccounts") if a.name.startswith("stdocs")]

    assert defender.body["scope"] == account.reference
    assert "eventGrid" in comes_after(malwareScanning=True)["defender"]
    assert deployed("Microsoft.Security/defenderForStorageSettings") == []


@pytest.mark.parametrize(("existing", "name"), [("", "egst-unique0string"), ("defenders", "defenders")])
def test_an_account_that_has_a_system_topic_keeps_it(existing: str, name: str) -> None:
    (topic,) = deployed("Microsoft.EventGrid/systemTopics", existingSystemTopicName=existing)

    assert topic.name == name
    assert topic.body["identity"] == {"type": "SystemAssigned"}, "it delivers with it"


@pytest.mark.parametrize(("recover", "mode"), [(False, "default"), (True, "recover")])
def test_a_deleted_vault_can_be_had_back(recover: bool, mode: str) -> None:
    """Its name stays taken for 90 days where purge protection forbids `azd down --purge`."""
    (vault,) = deployed("Microsoft.KeyVault/vaults", environmentKind="prod", recoverKeyVault=recover)

    assert vault.properties["createMode"] == mode


def test_a_locked_retention_policy_is_left_alone() -> None:
    """Azure creates and updates unlocked policies only: each deployment would fail."""
    kind = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies"

    assert len(deployed(kind, auditRetentionDays=30)) == 1
    assert deployed(kind, auditRetentionDays=30, auditRetentionLocked=True) == []


# Their parent takes one change at a time: it answers several at once with 409 or 429.
ONE_AT_A_TIME: Final = (
    "Microsoft.Network/virtualNetworks/subnets",
    "Microsoft.ServiceBus/namespaces/queues",
    "Microsoft.ServiceBus/namespaces/topics",
    "Microsoft.ServiceBus/namespaces/topics/subscriptions",
    "Microsoft.Insights/privateLinkScopes/scopedResources",
    "Microsoft.Network/privateEndpoints",
)


@pytest.mark.parametrize("kind", ONE_AT_A_TIME)
def test_what_a_parent_takes_one_at_a_time_is_made_so(kind: str) -> None:
    found = {r.symbol: (t, r) for t, r in main(usePrivateNetwork=True).deployed() if r.type == kind}
    text = "".join({t.path: t.path.read_text(encoding="utf-8") for t, _ in found.values()}.values())
    loops = [symbol for symbol in found if re.search(rf"^resource {symbol} .* = \[for ", text, re.MULTILINE)]
    single = [r for symbol, (_, r) in found.items() if symbol not in loops]

    assert found
    assert all(re.search(rf"^@batchSize\(1\)\nresource {symbol} ", text, re.MULTILINE) for symbol in loops)
    for before, after in pairwise(single):
        assert before.reference in after.body["dependsOn"], after.symbol


def test_event_subscriptions_come_last_so_that_their_roles_have_spread() -> None:
    """Event Grid tries them when it creates a subscription, and a new role may take minutes."""
    others = {"eventGridRoles", "appRoles", "functionApp", "alerts", "workbook"}

    assert comes_after()["eventSubscriptions"] >= others


def test_what_somebody_changed_by_hand_is_put_back() -> None:
    """Without --no-state azd skips a deployment whose template and parameters are those of the last one."""
    workflow = (INFRA.parent / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8")
    manual = (INFRA.parent / "docs" / "operations.md").read_text(encoding="utf-8")

    assert re.findall(r"azd provision(?! --no-state)", workflow) == []
    assert "`azd provision --no-state`" in manual.partition("## Back up and restore")[2].partition("###")[0]
    assert "`azd provision --no-state`" in manual.partition("### `sweep-missing`")[2].partition("##")[0]


def test_every_command_that_writes_names_the_role_that_it_needs() -> None:
    manual = (INFRA.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    others = sorted((INFRA.parent / "docs" / "operations").glob("*.md"))
    table = manual.partition("<!-- rights -->")[2].partition("<!-- /rights -->")[0]
    named = [command for line in table.splitlines()[3:] for command in re.findall(r"`(.+?)`", line.split(" | ")[0])]
    text = "\n".join([manual.partition("## Who may do what")[2], *(page.read_text("utf-8") for page in others)])
    blocks = "".join(found[1] for found in re.findall(r"^( *)```sh\n(.*?)^\1```", text, re.DOTALL | re.MULTILINE))
    quoted = re.findall(r"`(az (?!login)[\w -]+)`", text.partition("## Work with it")[2])
    run = [*re.findall(r"\b(az [a-z][\w -]+)", blocks), *quoted]

    assert len(run) > 20
    assert [command for command in run if not command.startswith((*named, *READING))] == []
