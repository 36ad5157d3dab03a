metadata description = 'Account of the Functions host: its leases, the deployment package and the Durable task hub.'

param name string
param location string
param tags object

@allowed(['Standard_LRS', 'Standard_ZRS'])
param skuName string

@description('Encryption of the account, from main.bicep.')
param encryption object

@description('Identity that reads the customer\'s key, or empty.')
param encryptionIdentityId string
param packageContainerName string
param publicNetworkAccess string

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  identity: empty(encryptionIdentityId) ? null : { type: 'UserAssigned', userAssignedIdentities: { '${encryptionIdentityId}': {} } }
  sku: { name: skuName }
  properties: {
    //checkov:skip=CKV_AZURE_59:identity only; public access is closed by the parameter usePrivateNetwork
    //checkov:skip=CKV_AZURE_35:identity only; the firewall is closed by the parameter usePrivateNetwork
    //checkov:skip=CKV_AZURE_206:nothing here outlives the app; a lost task hub is rebuilt from the ledger
    encryption: encryption
    allowedCopyScope: 'AAD'
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource package 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobs
  name: packageContainerName
  properties: { publicAccess: 'None' }
}

output id string = account.id
output name string = account.name
output packageContainerUrl string = '${account.properties.primaryEndpoints.blob}${package.name}'
