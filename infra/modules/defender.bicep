metadata description = 'Microsoft Defender for Storage scans each upload. Its verdict is an index tag; policies can demand it.'

param documentsStorageName string

@description('GB per month after which Defender scans nothing more.')
param gbPerMonth int

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: documentsStorageName
}

// Overrides the subscription's Defender settings, so that the scans here follow these parameters alone.
resource defender 'Microsoft.Security/defenderForStorageSettings@2025-06-01' = {
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
        capGBPerMonth: gbPerMonth
        // Containers for copies of documents that were scanned before, and for exports.
        filters: { excludeBlobsWithPrefix: ['published/', 'archived/', 'staging/', 'audit/'] }
      }
    }
  }
}
