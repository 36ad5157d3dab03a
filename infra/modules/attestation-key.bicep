metadata description = 'The key with which the web front door signs what it saw. It cannot leave the vault.'

param keyVaultName string
param tags object

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: keyVaultName
}

// Deploying again changes nothing: Azure makes a first version only. A new version is made by hand, in docs/operations.md.
resource key 'Microsoft.KeyVault/vaults/keys@2024-11-01' = {
  parent: vault
  name: 'attestation'
  tags: tags
  properties: {
    //checkov:skip=CKV_AZURE_112:software keys of P-256 are enough for statements that anybody may check
    //checkov:skip=CKV_AZURE_40:an attestation is checked for years, and rotation is a step of its own
    kty: 'EC'
    curveName: 'P-256'
    keyOps: ['sign', 'verify']
    attributes: { enabled: true, exportable: false }
  }
}

output newestVersionId string = key.properties.keyUriWithVersion
