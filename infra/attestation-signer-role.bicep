metadata description = 'The role with which the web front door signs, and no more. Deployed once per subscription, by an owner, before webFrontDoor.'

targetScope = 'subscription'

var here = subscription().id

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
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
