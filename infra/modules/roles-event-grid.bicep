metadata description = 'Roles of Event Grid: it sends events to two Service Bus entities, and writes undeliverable ones to storage.'

@description('Principal id of the storage account\'s system topic.')
param systemTopicPrincipalId string

@description('Principal id of the custom topic.')
param topicPrincipalId string

param serviceBusName string
param deadLetterStorageName string

var roles = loadJsonContent('../roles.json')
var topicPrincipalIds = [systemTopicPrincipalId, topicPrincipalId]

resource serviceBus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: serviceBusName
}

resource submissions 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = {
  parent: serviceBus
  name: 'document-submissions'
}

resource systemTopicDelivers 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(submissions.id, systemTopicPrincipalId, roles['Azure Service Bus Data Sender'])
  scope: submissions
  properties: {
    principalId: systemTopicPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Azure Service Bus Data Sender'])
  }
}

resource reviewEvents 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' existing = {
  parent: serviceBus
  name: 'review-events'
}

resource topicDelivers 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(reviewEvents.id, topicPrincipalId, roles['Azure Service Bus Data Sender'])
  scope: reviewEvents
  properties: {
    principalId: topicPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Azure Service Bus Data Sender'])
  }
}

// On the account, which holds only dead letters: with a role on a container, Event Grid's own check is reported to fail.
resource deadLetterStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: deadLetterStorageName
}

resource topicsDeadLetter 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principalId in topicPrincipalIds: {
  name: guid(deadLetterStorage.id, principalId, roles['Storage Blob Data Contributor'])
  scope: deadLetterStorage
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Storage Blob Data Contributor'])
  }
}]
