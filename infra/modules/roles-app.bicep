metadata description = 'Roles of one half of the app, by halves.json, each as narrow as its resource allows. docs/operations.md lists them.'

@description('Which half of the app has the identity.')
@allowed(['messages', 'web'])
param half string

@description('Principal id of that half\'s identity.')
param principalId string

param hostStorageName string
param documentsStorageName string
param serviceBusName string
param topicName string
param insightsName string
param keyVaultName string

@description('Secrets that the half may read: those of the Key Vault references in its settings.')
param secretNames array

@description('Name of the scheduler, or empty with the Azure Storage backend.')
param schedulerName string

param useBlobTrigger bool

@description('Role with which the scale controller starts the app.')
@allowed(['Azure Service Bus Data Receiver', 'Azure Service Bus Data Owner'])
param serviceBusTriggerRole string

// front-door-roles.bicep makes the last two; their names are GUIDs of this form.
var roles = union(loadJsonContent('../roles.json'), {
  'Compliance attestation signer': guid(subscription().id, 'compliance attestation signer')
  'Compliance read log appender': guid(subscription().id, 'compliance read log appender')
})
var mine = any(loadJsonContent('../halves.json'))[half]

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: hostStorageName
}

resource appOnHostStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in mine.hostStorage: {
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

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = [for item in mine.containers: {
  parent: documentsBlobs
  name: item.name
}]

resource appOnContainer 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (item, i) in mine.containers: {
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

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' existing = [for item in mine.tables: {
  parent: documentsTables
  name: item.name
}]

resource appOnTable 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (item, i) in mine.tables: {
  name: guid(table[i].id, principalId, roles[item.role])
  scope: table[i]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[item.role])
  }
}]

// The blob trigger keeps its work and its poison messages in queues of its own.
resource appOnDocumentsQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (mine.receives && useBlobTrigger) {
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
resource appReceives 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (mine.receives) {
  name: guid(serviceBus.id, principalId, roles[serviceBusTriggerRole])
  scope: serviceBus
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[serviceBusTriggerRole])
  }
}

resource sentQueue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [for queueName in mine.sendsToQueues: {
  parent: serviceBus
  name: queueName
}]

resource appSendsToQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (queueName, i) in mine.sendsToQueues: {
  name: guid(sentQueue[i].id, principalId, roles['Azure Service Bus Data Sender'])
  scope: sentQueue[i]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Azure Service Bus Data Sender'])
  }
}]

resource sentTopic 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' existing = [for topicName in mine.sendsToTopics: {
  parent: serviceBus
  name: topicName
}]

resource appSendsToTopic 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (topicName, i) in mine.sendsToTopics: {
  name: guid(sentTopic[i].id, principalId, roles['Azure Service Bus Data Sender'])
  scope: sentTopic[i]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Azure Service Bus Data Sender'])
  }
}]

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource appAnnounces 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in mine.customTopic: {
  name: guid(topic.id, principalId, roles[role])
  scope: topic
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[role])
  }
}]

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

resource secret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' existing = [for secretName in secretNames: {
  parent: keyVault
  name: secretName
}]

resource appReadsSecret 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (secretName, i) in secretNames: {
  name: guid(secret[i].id, principalId, roles['Key Vault Secrets User'])
  scope: secret[i]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Key Vault Secrets User'])
  }
}]

resource attestationKey 'Microsoft.KeyVault/vaults/keys@2024-11-01' existing = if (mine.signs) {
  parent: keyVault
  name: 'attestation'
}

resource appSigns 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (mine.signs) {
  name: guid(attestationKey.id, principalId, roles['Compliance attestation signer'])
  scope: attestationKey
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Compliance attestation signer'])
  }
}

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' existing = if (mine.receives && schedulerName != '') {
  name: schedulerName
}

resource appOnScheduler 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (mine.receives && schedulerName != '') {
  name: guid(scheduler.id, principalId, roles['Durable Task Data Contributor'])
  scope: scheduler
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Durable Task Data Contributor'])
  }
}
