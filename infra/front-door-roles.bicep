metadata description = 'The roles with which the web front door signs and writes its log, and no more. Deployed once per subscription, by an owner, before webFrontDoor.'

targetScope = 'subscription'

var here = subscription().id

resource signer 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(here, 'compliance attestation signer')
  properties: {
    roleName: 'Compliance attestation signer'
    description: 'Sign with a key and read its public half. Key Vault Crypto User could also change it and copy it out as a backup.'
    type: 'CustomRole'
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: ['Microsoft.KeyVault/vaults/keys/read', 'Microsoft.KeyVault/vaults/keys/sign/action']
        notDataActions: []
      }
    ]
    assignableScopes: [here]
  }
}

// https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory: to insert takes `add` alone,
// to update, merge, replace or delete a row takes another action.
resource appender 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(here, 'compliance read log appender')
  properties: {
    roleName: 'Compliance read log appender'
    description: 'Add rows to a table and read them. Storage Table Data Contributor could also change and delete them.'
    type: 'CustomRole'
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: [
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/read'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/add/action'
        ]
        notDataActions: []
      }
    ]
    assignableScopes: [here]
  }
}
