metadata description = 'Roles of whoever deploys, in the resource group: everything but roles, and of these only the ones that the templates give.'

param principalId string

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var contributor = 'b24988ac-6180-42a0-ab88-20f7382dd24c'
var accessAdministrator = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168'
var locksContributor = '28bf596f-4eb7-45ce-b5bc-6cf482fec137'

var signer = guid(subscription().id, 'compliance attestation signer')
var appender = guid(subscription().id, 'compliance read log appender')
var builtIn = [for role in items(loadJsonContent('../roles.json')): role.value]
var assignable = join(concat(builtIn, [signer, appender]), ', ')
// https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
var onlyThese = '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/write\'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${assignable}})) AND ((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/delete\'})) OR (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${assignable}}))'

resource deploys 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, principalId, contributor)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', contributor)
  }
}

resource assigns 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, principalId, accessAdministrator)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', accessAdministrator)
    conditionVersion: '2.0'
    condition: onlyThese
  }
}

resource locks 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, principalId, locksContributor)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', locksContributor)
  }
}
