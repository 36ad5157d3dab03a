metadata description = 'Roles of the app, each as narrow as its resource allows. docs/operations.md lists them.'

@description('Principal id of the app\'s identity.')
param principalId string

param hostStorageName string
param documentsStorageName string
param serviceBusName string
param topicName string
param insightsName string
param keyVaultName string

@description('Name of the scheduler, or empty with the Azure Storage backend.')
param schedulerName string

param useBlobTrigger bool

@description('Role with which the scale controller starts the app.')
@allowed(['Azure Service Bus Data Receiver', 'Azure Service Bus Data Owner'])
param serviceBusTriggerRole string

var roles = loadJsonContent('../roles.json')
var tableNames = ['ledger', 'waiting']

// Durable needs all three services; the host needs blobs for its leases and the package.
var hostStorageRoles = ['Storage Blob Data Owner', 'Storage Queue Data Contributor', 'Storage Table Data Contributor']
// Owner, because a document keeps its index tags when it moves, and no other role may read or write these.
var containerRoles = [
  { name: 'pending', role: 'Storage Blob Data Owner' }
  { name: 'submissions', role: 'Storage Blob Data Owner' }
  { name: 'published', role: 'Storage Blob Data Owner' }
  { name: 'archived', role: 'Storage Blob Data Owner' }
  { name: 'staging', role: 'Storage Blob Data Owner' }
  { name: 'audit', role: 'Storage Blob Data Contributor' }
]
// Includes the inbound queues: the app schedules messages there for later.
var sentQueues = ['document-submissions', 'review-decisions', 'operator-commands', 'decision-replies', 'decisions-quarantine', 'submissions-quarantine', 'commands-quarantine']

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: hostStorageName
}

resource appOnHostStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in hostStorageRoles: {
  name: guid(hostStorage.id, principalId, roles[role])
  scope: hostStorage
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[role])
  }
}]

resource documentsStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: documentsStorageName
}

resource documentsBlobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' existing = {
  parent: documentsStorage
  name: 'default'
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = [for item in containerRoles: {
  parent: documentsBlobs
  name: item.name
}]

resource appOnContainer 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (item, i) in containerRoles: {
  name: guid(container[i].id, principalId, roles[item.role])
  scope: container[i]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[item.role])
  }
}]

resource documentsTables 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' existing = {
  parent: documentsStorage
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' existing = [for tableName in tableNames: {
  parent: documentsTables
  name: tableName
}]

resource appOnTable 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (tableName, i) in tableNames: {
  name: guid(table[i].id, principalId, roles['Storage Table Data Contributor'])
  scope: table[i]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Storage Table Data Contributor'])
  }
}]

// The blob trigger keeps its work and its poison messages in queues of its own.
resource appOnDocumentsQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (useBlobTrigger) {
  name: guid(documentsStorage.id, principalId, roles['Storage Queue Data Contributor'])
  scope: documentsStorage
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Storage Queue Data Contributor'])
  }
}

resource serviceBus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: serviceBusName
}

// Azure scales by the length of a queue, which only Data Owner may read. With Data Receiver it peeks at the first messages,
// and ten that are scheduled for later hide the others. On the namespace: nothing shows that a role on a queue is enough.
resource appReceives 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(serviceBus.id, principalId, roles[serviceBusTriggerRole])
  scope: serviceBus
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[serviceBusTriggerRole])
  }
}

resource sentQueue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [for queueName in sentQueues: {
  parent: serviceBus
  name: queueName
}]

resource appSendsToQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (queueName, i) in sentQueues: {
  name: guid(sentQueue[i].id, principalId, roles['Azure Service Bus Data Sender'])
  scope: sentQueue[i]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Azure Service Bus Data Sender'])
  }
}]

resource reviewRequests 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' existing = {
  parent: serviceBus
  name: 'review-requests'
}

resource appSendsRequests 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(reviewRequests.id, principalId, roles['Azure Service Bus Data Sender'])
  scope: reviewRequests
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Azure Service Bus Data Sender'])
  }
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource appAnnounces 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, principalId, roles['EventGrid Data Sender'])
  scope: topic
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['EventGrid Data Sender'])
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource appReports 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, roles['Monitoring Metrics Publisher'])
  scope: insights
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Monitoring Metrics Publisher'])
  }
}

resource keyVault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: keyVaultName
}

resource appReadsSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(keyVault.id, principalId, roles['Key Vault Secrets User'])
  scope: keyVault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Key Vault Secrets User'])
  }
}

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' existing = if (schedulerName != '') {
  name: schedulerName
}

resource appOnScheduler 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (schedulerName != '') {
  name: guid(scheduler.id, principalId, roles['Durable Task Data Contributor'])
  scope: scheduler
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Durable Task Data Contributor'])
  }
}
