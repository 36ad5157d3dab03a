metadata description = 'Account for undeliverable events alone, so that Event Grid cannot write to the documents account.'

param name string
param location string
param tags object

@allowed(['Standard_LRS', 'Standard_ZRS'])
param skuName string

@description('Encryption of the account, from main.bicep.')
param encryption object

@description('Identity that reads the customer\'s key, or empty.')
param encryptionIdentityId string

@description('Whether the firewall is open. Event Grid has access as a trusted service in any case.')
param publicNetworkAccess string

var containerNames = ['submission-events', 'review-events']

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  identity: empty(encryptionIdentityId) ? null : { type: 'UserAssigned', userAssignedIdentities: { '${encryptionIdentityId}': {} } }
  sku: { name: skuName }
  properties: {
    //checkov:skip=CKV_AZURE_59:identity only; Event Grid reaches a closed account only through the trusted-service exception
    //checkov:skip=CKV_AZURE_35:identity only; the firewall is closed by the parameter usePrivateNetwork
    //checkov:skip=CKV_AZURE_206:every event in it can be made again from the ledger
    encryption: encryption
    allowedCopyScope: 'AAD'
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: { deleteRetentionPolicy: { enabled: true, days: 7 } }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [for containerName in containerNames: {
  parent: blobs
  name: containerName
  properties: { publicAccess: 'None' }
}]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'dead-letters-end'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 90 } } }
          }
        }
      ]
    }
  }
  dependsOn: [blobs]
}

output id string = account.id
output name string = account.name
