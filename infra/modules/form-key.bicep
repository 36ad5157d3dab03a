metadata description = 'The secret with which the pages of the web front door make the tokens of their forms.'

param keyVaultName string
param tags object

@description('Only for the first deployment.')
@secure()
param firstValue string = '${newGuid()}${newGuid()}'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: keyVaultName
}

// Later deployments leave it alone: a new value would send back every form that is open. docs/operations/web-front-door.md
// says how to replace it.
@onlyIfNotExists()
resource formKey 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'form-key'
  tags: tags
  properties: {
    //checkov:skip=CKV_AZURE_41:a secret that expires would stop the front door, and rotation is a step of its own
    value: firstValue
    contentType: 'text/plain'
    attributes: { enabled: true }
  }
}
