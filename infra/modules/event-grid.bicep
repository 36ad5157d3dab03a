metadata description = 'The storage account\'s system topic (uploads) and the custom topic (outcomes and refusals), each with its own identity.'

param systemTopicName string
param topicName string
param location string
param tags object
param documentsAccountId string
param publicNetworkAccess string
param workspaceId string

// An account can have only one system topic, and what-if does not report a second.
resource systemTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: systemTopicName
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    source: documentsAccountId
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

resource systemTopicDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: systemTopic
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'DeliveryFailures', enabled: true }]
  }
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: topicName
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    //checkov:skip=CKV_AZURE_193:identity only; public access is closed by the parameter usePrivateNetwork
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: publicNetworkAccess
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: topic
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'DeliveryFailures', enabled: true }, { category: 'PublishFailures', enabled: true }]
  }
}

output systemTopicId string = systemTopic.id
output systemTopicName string = systemTopic.name
output systemTopicPrincipalId string = systemTopic.identity.principalId
output topicId string = topic.id
output topicName string = topic.name
output topicEndpoint string = topic.properties.endpoint
// https://learn.microsoft.com/rest/api/eventgrid/controlplane/topic-event-subscriptions/list
output subscriptionsUri string = uri(environment().resourceManager, '${topic.id}/eventSubscriptions?api-version=2025-02-15')
output topicPrincipalId string = topic.identity.principalId
