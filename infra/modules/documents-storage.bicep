metadata description = 'Account for documents and ledger, with the names of contracts/names.py.'

param name string
param location string
param tags object

@description('Encryption of the account, from main.bicep.')
param encryption object

@description('Identity that reads the customer\'s key, or empty.')
param encryptionIdentityId string

@description('Redundancy. Zone-redundant accounts have no Archive tier.')
@allowed(['Standard_LRS', 'Standard_GRS', 'Standard_ZRS', 'Standard_GZRS'])
param skuName string

@description('Days for which deleted blobs, containers and overwritten versions can be restored.')
@minValue(1)
@maxValue(365)
param softDeleteDays int

@description('Days until archived documents move from their policy\'s tier to Cold.')
param coldAfterDays int

@description('Days until archived documents move to Archive, from which reading takes hours.')
param archiveAfterDays int

@description('If above 0, nobody can change or delete blobs of the container `audit` for this number of days.')
param auditRetentionDays int

@description('Whether the retention policy was locked. Azure refuses every change of it then, so it is not deployed.')
param auditRetentionLocked bool

@description('Whether nobody can delete the account, or a role on it, before the lock is deleted.')
param locked bool

param publicNetworkAccess string
param workspaceId string

var containerNames = ['pending', 'submissions', 'published', 'archived', 'staging']
var hasArchive = !contains(skuName, 'ZRS')
var toCold = { tierToCold: { daysAfterModificationGreaterThan: coldAfterDays } }
var toArchive = { tierToArchive: { daysAfterModificationGreaterThan: archiveAfterDays } }
var tableNames = ['ledger', 'waiting', 'reads']

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
    //checkov:skip=CKV_AZURE_206:geo-redundant in production by environments.json
    accessTier: 'Hot'
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
  properties: {
    isVersioningEnabled: true
    changeFeed: { enabled: true, retentionInDays: 90 }
    deleteRetentionPolicy: { enabled: true, days: softDeleteDays }
    containerDeleteRetentionPolicy: { enabled: true, days: softDeleteDays }
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [for containerName in containerNames: {
  parent: blobs
  name: containerName
  properties: { publicAccess: 'None' }
}]

resource tables 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' = [for tableName in tableNames: {
  parent: tables
  name: tableName
}]

resource audit 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobs
  name: 'audit'
  properties: { publicAccess: 'None' }
}

resource auditImmutability 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-06-01' = if (auditRetentionDays > 0 && !auditRetentionLocked) {
  parent: audit
  name: 'default'
  properties: { immutabilityPeriodSinceCreationInDays: auditRetentionDays }
}

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'archived-documents-grow-cold'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['archived/'] }
            actions: { baseBlob: hasArchive ? union(toCold, toArchive) : toCold }
          }
        }
        {
          // A move is a copy and a delete; without this rule the source would stay as a version for ever.
          name: 'versions-of-moved-documents-end'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['pending/', 'submissions/', 'staging/'] }
            actions: { version: { delete: { daysAfterCreationGreaterThan: softDeleteDays } } }
          }
        }
      ]
    }
  }
  dependsOn: [blobs]
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  name: 'keep'
  scope: account
  properties: { level: 'CanNotDelete', notes: 'Documents and ledger. docs/operations.md says how to take an environment down.' }
}

// Logs who wrote and deleted documents. Reads are not logged: hashing a document is one.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

output id string = account.id
output name string = account.name
output blobEndpoint string = account.properties.primaryEndpoints.blob
output queueEndpoint string = account.properties.primaryEndpoints.queue
output tableEndpoint string = account.properties.primaryEndpoints.table
