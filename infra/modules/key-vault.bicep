metadata description = 'Vault for the keys of the web front door, for key sets, and for people\'s secrets, such as those of notification channels.'

param name string
param location string
param tags object

@description('Whether purge protection is on. It can never be switched off, and the name of a deleted vault stays reserved.')
param purgeProtection bool

@description('Whether to bring back a deleted vault of this name.')
param recover bool

@description('Whether nobody can delete the vault, or a role on it, before the lock is deleted.')
param locked bool

param publicNetworkAccess string
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    //checkov:skip=CKV_AZURE_109:identity only; the firewall is closed by the parameter usePrivateNetwork
    //checkov:skip=CKV_AZURE_189:identity only; public access is closed by the parameter usePrivateNetwork
    //checkov:skip=CKV_AZURE_42:recoverable; purge protection is off for dev alone, in environments.json
    //checkov:skip=CKV_AZURE_110:purge protection is off for dev alone, in environments.json
    createMode: recover ? 'recover' : 'default'
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  name: 'keep'
  scope: vault
  properties: { level: 'CanNotDelete', notes: 'Keys and secrets. docs/operations.md says how to take an environment down.' }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

output id string = vault.id
output name string = vault.name
