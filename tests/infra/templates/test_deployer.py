"""Whoever deploys can deploy one environment, and hand out no role that the templates do not give."""

from __future__ import annotations

import json
from typing import Final

from tests.infra.bicep import INFRA, Resource, Template, main

DEPLOYER: Final = Template(
    INFRA / "deployer.bicep", {"environmentName": "prod", "principalId": "github", "location": "westeurope"}
)
# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
BUILT_IN: Final = {
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
    "28bf596f-4eb7-45ce-b5bc-6cf482fec137": "Locks Contributor",
}
OUR_OWN: Final = (
    "guid(subscription().id, compliance attestation signer)",
    "guid(subscription().id, compliance read log appender)",
)


def deployed(kind: str) -> dict[str, Resource]:
    return {r.symbol: r for _, r in DEPLOYER.deployed() if r.type == f"Microsoft.{kind}"}


def in_group() -> dict[str, Resource]:
    (module,) = (m for m in DEPLOYER.modules if m.symbol == "inGroup")
    assert str(module.body["scope"]) == "Microsoft.Resources/resourceGroups:rg-prod"
    found = {}
    for resource in module.template.resources:
        guid = resource.properties["roleDefinitionId"].rpartition("/")[2]
        assert resource.properties["principalId"] == "github"
        assert resource.name == f"guid(resourceGroup().id, github, {guid})"
        found[BUILT_IN[guid]] = resource
    return found


def test_it_may_change_the_group_of_one_environment_only() -> None:
    (group,) = deployed("Resources/resourceGroups").values()
    (of_main,) = (
        r for _, r in main(environmentName="prod").deployed() if r.type == "Microsoft.Resources/resourceGroups"
    )

    assert group.name == of_main.name
    assert set(in_group()) == set(BUILT_IN.values())


def test_it_hands_out_the_roles_of_the_templates_and_no_other() -> None:
    """Else it could make itself an owner."""
    given = in_group()
    condition = given.pop("Role Based Access Control Administrator").properties
    roles = json.loads((INFRA / "roles.json").read_text(encoding="utf-8")).values()
    which, where = ", ".join((*roles, *OUR_OWN)), "Microsoft.Authorization/roleAssignments"

    assert condition["conditionVersion"] == "2.0"
    # https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
    assert condition["condition"] == " AND ".join(
        f"((!(ActionMatches{{'{where}/{action}'}})) OR "
        f"({of}[{where}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{which}}}))"
        for action, of in (("write", "@Request"), ("delete", "@Resource"))
    )
    assert set(BUILT_IN).isdisjoint(roles), "it could pass its own roles on"
    assert not any("condition" in other.properties for other in given.values())


def test_in_the_subscription_it_starts_deployments_and_makes_groups() -> None:
    (starts,) = (r for r in DEPLOYER.resources if r.type == "Microsoft.Authorization/roleAssignments")
    role = deployed("Authorization/roleDefinitions")["starter"]
    (permissions,) = role.properties["permissions"]

    assert str(starts.properties["roleDefinitionId"]) == f"{role.reference}.id"
    assert permissions["dataActions"] == permissions["notDataActions"] == permissions["notActions"] == []
    changing = [action for action in permissions["actions"] if not action.endswith("/read")]
    assert changing == ["Microsoft.Resources/deployments/*", "Microsoft.Resources/subscriptions/resourceGroups/write"]


def test_it_cannot_make_roles_so_an_owner_makes_those_of_the_front_door() -> None:
    assert [module.path.name for module in DEPLOYER.modules] == [
        "front-door-roles.bicep",
        "roles-deployer.bicep",
    ]
    assert not [r for _, r in main(webFrontDoor=True).deployed() if r.type.endswith("/roleDefinitions")]


def test_its_roles_are_made_again_for_a_new_identity_and_count_here_only() -> None:
    assignments = [r for _, r in DEPLOYER.deployed() if r.type == "Microsoft.Authorization/roleAssignments"]
    roles = [r for _, r in DEPLOYER.deployed() if r.type == "Microsoft.Authorization/roleDefinitions"]

    assert len(assignments) == 1 + len(BUILT_IN)
    for given in assignments:
        assert given.properties["principalId"] == "github"
        assert given.properties["principalType"] == "ServicePrincipal"
        assert given.name.startswith(("guid(resourceGroup().id, github, ", "guid(subscription().id, github, "))
    assert len(roles) == 1 + len(OUR_OWN)
    for role in roles:
        assert [str(scope) for scope in role.properties["assignableScopes"]] == ["subscription().id"]
        assert (role.properties["type"], role.name[:5]) == ("CustomRole", "guid(")
