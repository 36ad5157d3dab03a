metadata description = 'Queues and topics, with the names of contracts/names.py and the properties of local/servicebus.json.'

param name string
param location string
param tags object

@description('Premium for private endpoints; otherwise Standard is enough.')
@allowed(['Standard', 'Premium'])
param skuName string

@description('Identity that reads the customer\'s key, or empty. Only Premium can be encrypted with it.')
param encryptionIdentityId string

@description('Vault and name of the customer\'s key.')
param encryptionKey object

param publicNetworkAccess string
param workspaceId string

// Inbound queues have no duplicate detection: it silently drops a second message with the same id, even with another body.
// Taking one message off a quarantine delivers those before it, too: at most 2,000 times, Azure's limit.
var queues = [
  { name: 'document-submissions', timeToLive: 'P14D', deadLetterExpired: true, deliveries: 10 }
  { name: 'review-decisions', timeToLive: 'P14D', deadLetterExpired: true, deliveries: 10 }
  { name: 'decision-retries', timeToLive: 'P14D', deadLetterExpired: true, deliveries: 10 }
  { name: 'operator-commands', timeToLive: 'P14D', deadLetterExpired: true, deliveries: 10 }
  { name: 'decision-replies', timeToLive: 'P1D', deadLetterExpired: false, deliveries: 10 }
  { name: 'decisions-quarantine', timeToLive: 'P365D', deadLetterExpired: false, deliveries: 2000 }
  { name: 'submissions-quarantine', timeToLive: 'P365D', deadLetterExpired: false, deliveries: 2000 }
  { name: 'commands-quarantine', timeToLive: 'P365D', deadLetterExpired: false, deliveries: 2000 }
]
var topics = [
  { name: 'review-requests', subscription: 'reviewers', timeToLive: 'P14D', deadLetterExpired: true, duplicates: 'PT10M' }
  // Event Grid tries for a day, so the same event may come that much later.
  { name: 'review-events', subscription: 'watch', timeToLive: 'P1D', deadLetterExpired: false, duplicates: 'P1D' }
]

var encryption = {
  keySource: 'Microsoft.KeyVault'
  requireInfrastructureEncryption: true
  keyVaultProperties: [{ keyVaultUri: encryptionKey.vaultUri, keyName: encryptionKey.name, identity: { userAssignedIdentity: encryptionIdentityId } }]
}
var encrypted = skuName == 'Premium' && !empty(encryptionIdentityId)

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: skuName == 'Premium' ? { name: 'Premium', tier: 'Premium', capacity: 1 } : { name: 'Standard', tier: 'Standard' }
  identity: encrypted ? { type: 'UserAssigned', userAssignedIdentities: { '${encryptionIdentityId}': {} } } : null
  properties: {
    encryption: encrypted ? encryption : null
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicNetworkAccess
  }
}

// One at a time: Standard answers many entities at once with 409 or 429.
@batchSize(1)
resource queue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for item in queues: {
  parent: namespace
  name: item.name
  properties: {
    lockDuration: 'PT1M'
    maxDeliveryCount: item.deliveries
    requiresDuplicateDetection: false
    defaultMessageTimeToLive: item.timeToLive
    deadLetteringOnMessageExpiration: item.deadLetterExpired
  }
}]

@batchSize(1)
resource topic 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' = [for item in topics: {
  parent: namespace
  name: item.name
  properties: {
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: item.duplicates
    defaultMessageTimeToLive: 'P14D'
  }
  dependsOn: [queue]
}]

@batchSize(1)
resource subscription_ 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' = [for (item, i) in topics: {
  parent: topic[i]
  name: item.subscription
  properties: {
    lockDuration: 'PT1M'
    maxDeliveryCount: 10
    defaultMessageTimeToLive: item.timeToLive
    deadLetteringOnMessageExpiration: item.deadLetterExpired
  }
}]

// Event Grid delivers from outside the network; it has access as a trusted service, by its identity.
resource firewall 'Microsoft.ServiceBus/namespaces/networkRuleSets@2024-01-01' = if (skuName == 'Premium') {
  parent: namespace
  name: 'default'
  properties: {
    publicNetworkAccess: publicNetworkAccess
    defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    trustedServiceAccessEnabled: true
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: namespace
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'OperationalLogs', enabled: true }]
  }
}

output id string = namespace.id
output name string = namespace.name
output fullyQualifiedNamespace string = '${namespace.name}.servicebus.windows.net'
