metadata description = 'Roles that a person or group needs for the command `compliance`: submit, decide, read, fetch, and no more.'

@description('Object id of the user or, better, the group.')
param principalId string

@allowed(['User', 'Group', 'ServicePrincipal'])
param principalType string

@description('Name of the scheduler, or empty with the Azure Storage backend.')
param schedulerName string

param documentsStorageName string
param serviceBusName string
param topicName string

var roles = loadJsonContent('../roles.json')
var tableNames = ['ledger', 'waiting']
var sentQueues = ['document-submissions', 'review-decisions', 'operator-commands']
var readQueues = ['decision-replies', 'decisions-quarantine', 'submissions-quarantine', 'commands-quarantine']

resource documentsStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: documentsStorageName
}

resource readsDocuments 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(documentsStorage.id, principalId, roles['Storage Blob Data Reader'])
  scope: documentsStorage
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Storage Blob Data Reader'])
  }
}

resource documentsBlobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' existing = {
  parent: documentsStorage
  name: 'default'
}

resource pending 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = {
  parent: documentsBlobs
  name: 'pending'
}

resource submits 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(pending.id, principalId, roles['Storage Blob Data Contributor'])
  scope: pending
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Storage Blob Data Contributor'])
  }
}

resource documentsTables 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' existing = {
  parent: documentsStorage
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' existing = [for tableName in tableNames: {
  parent: documentsTables
  name: tableName
}]

resource readsTable 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (tableName, i) in tableNames: {
  name: guid(table[i].id, principalId, roles['Storage Table Data Reader'])
  scope: table[i]
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Storage Table Data Reader'])
  }
}]

resource serviceBus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: serviceBusName
}

resource sentQueue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [for queueName in sentQueues: {
  parent: serviceBus
  name: queueName
}]

resource sendsToQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (queueName, i) in sentQueues: {
  name: guid(sentQueue[i].id, principalId, roles['Azure Service Bus Data Sender'])
  scope: sentQueue[i]
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Azure Service Bus Data Sender'])
  }
}]

resource readQueue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [for queueName in readQueues: {
  parent: serviceBus
  name: queueName
}]

resource readsQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (queueName, i) in readQueues: {
  name: guid(readQueue[i].id, principalId, roles['Azure Service Bus Data Receiver'])
  scope: readQueue[i]
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Azure Service Bus Data Receiver'])
  }
}]

resource reviewEvents 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' existing = {
  parent: serviceBus
  name: 'review-events'
}

resource watch 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' existing = {
  parent: reviewEvents
  name: 'watch'
}

resource watches 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(watch.id, principalId, roles['Azure Service Bus Data Receiver'])
  scope: watch
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Azure Service Bus Data Receiver'])
  }
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource listsSubscriptions 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, principalId, roles.Reader)
  scope: topic
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.Reader)
  }
}

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' existing = if (schedulerName != '') {
  name: schedulerName
}

resource readsOrchestrations 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (schedulerName != '') {
  name: guid(scheduler.id, principalId, roles['Durable Task Data Reader'])
  scope: scheduler
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Durable Task Data Reader'])
  }
}
