metadata description = 'What an identity needs to deploy one environment, and no more. Deployed once per environment, by an owner of the subscription.'

targetScope = 'subscription'

@description('The environment, named as in main.bicep.')
@minLength(1)
@maxLength(20)
param environmentName string

param location string

@description('Object id of the service principal that will deploy.')
param principalId string

var abbreviations = loadJsonContent('abbreviations.json')
var here = subscription().id
var starterName = guid(here, 'compliance deployment')

module frontDoorRoles 'front-door-roles.bicep' = {
  name: 'front-door-roles'
}

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: '${abbreviations.resourceGroup}${environmentName}'
  location: location
}

// main.bicep is deployed to the subscription and makes the group; everything else happens in the group.
resource starter 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: starterName
  properties: {
    roleName: 'Compliance deployment'
    description: 'Start deployments to the subscription and keep their resource groups.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.Resources/deployments/*'
          'Microsoft.Resources/subscriptions/read'
          'Microsoft.Resources/subscriptions/locations/read'
          'Microsoft.Resources/subscriptions/operationresults/read'
          'Microsoft.Resources/subscriptions/resourceGroups/read'
          'Microsoft.Resources/subscriptions/resourceGroups/write'
          'Microsoft.KeyVault/locations/deletedVaults/read'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
    assignableScopes: [here]
  }
}

resource starts 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(here, principalId, starterName)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: starter.id
  }
}

module inGroup 'modules/roles-deployer.bicep' = {
  scope: group
  name: 'roles-deployer'
  params: { principalId: principalId }
}
