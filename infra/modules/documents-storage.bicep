metadata description = 'The documents and the ledger. Names are those of contracts/names.py.'

param name string
param location string
param tags object

@description('The Archive tier exists on these only, not on zone-redundant accounts.')
@allowed(['Standard_LRS', 'Standard_GRS', 'Standard_RAGRS'])
param skuName string

@description('Deleted blobs, containers and overwritten versions can be had back for so many days.')
@minValue(1)
@maxValue(365)
param softDeleteDays int

@description('Documents that were not approved go from their policy\'s tier to Cold after so many days.')
param coldAfterDays int

@description('... and from there to Archive, from which reading takes hours.')
param archiveAfterDays int

@description('Above 0: a container `audit` whose blobs nobody can change or delete for so many days.')
param auditRetentionDays int

@description('Microsoft Defender for Storage scans each upload; its verdict is an index tag, which policies can wait for.')
param malwareScanning bool

@description('Above so many GB in a month nothing more is scanned.')
param malwareScanningGBPerMonth int

param publicNetworkAccess string
param workspaceId string

var containerNames = ['pending', 'submissions', 'published', 'archived', 'staging']
var tableNames = ['ledger']

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: skuName }
  properties: {
    //checkov:skip=CKV_AZURE_59:identity only; public access is closed by the parameter usePrivateNetwork
    //checkov:skip=CKV_AZURE_35:identity only; the firewall is closed by the parameter usePrivateNetwork
    //checkov:skip=CKV_AZURE_206:geo-redundant in production by environments.json
    accessTier: 'Hot'
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

// Settings of a subscription with Defender are kept out of it: what is scanned here is paid for by this account alone.
resource defender 'Microsoft.Security/defenderForStorageSettings@2025-06-01' = if (malwareScanning) {
  name: 'current'
  scope: account
  properties: {
    isEnabled: true
    overrideSubscriptionLevelSettings: true
    sensitiveDataDiscovery: { isEnabled: false }
    malwareScanning: {
      blobScanResultsOptions: 'blobIndexTags'
      onUpload: {
        isEnabled: true
        capGBPerMonth: malwareScanningGBPerMonth
        // Copies of what was scanned already.
        filters: { excludeBlobsWithPrefix: ['published/', 'archived/', 'staging/'] }
      }
    }
  }
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' = [for tableName in tableNames: {
  parent: tables
  name: tableName
}]

resource audit 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = if (auditRetentionDays > 0) {
  parent: blobs
  name: 'audit'
  properties: { publicAccess: 'None' }
}

resource auditImmutability 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-06-01' = if (auditRetentionDays > 0) {
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
            actions: {
              baseBlob: {
                tierToCold: { daysAfterModificationGreaterThan: coldAfterDays }
                tierToArchive: { daysAfterModificationGreaterThan: archiveAfterDays }
              }
            }
          }
        }
        {
          // A move is a copy and a delete; without this the source stays as a version for ever.
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

// Who wrote and deleted documents. Reads are not logged: each hash of a document would be one.
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
