metadata description = 'Event subscriptions. Deployed after the roles, because Event Grid checks these when a subscription is created.'

param systemTopicName string
param topicName string
param serviceBusName string
param deadLetterAccountId string

@description('False if the blob trigger takes uploads instead. Both at once would be harmless.')
param deliverUploadsToQueue bool

// Without it a message has an id of Event Grid's own, so the topic would not recognize an event that is published again.
var messageIdIsEventId = [{ name: 'MessageId', type: 'Dynamic', properties: { sourceField: 'id' } }]

resource systemTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: systemTopicName
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: serviceBusName
}

resource submissions 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = {
  parent: namespace
  name: 'document-submissions'
}

resource reviewEvents 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' existing = {
  parent: namespace
  name: 'review-events'
}

resource blobCreated 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = if (deliverUploadsToQueue) {
  parent: systemTopic
  name: 'blob-created'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      // Without /blobs/ a container named pending2 would match as well.
      subjectBeginsWith: '/blobServices/default/containers/pending/blobs/'
    }
    deliveryWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      destination: { endpointType: 'ServiceBusQueue', properties: { resourceId: submissions.id, deliveryAttributeMappings: messageIdIsEventId } }
    }
    // Without it Event Grid would drop a refused delivery (400, 403, 413) at once.
    deadLetterWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: { resourceId: deadLetterAccountId, blobContainerName: 'submission-events' }
      }
    }
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
  }
}

resource toServiceBus 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'review-events'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: [
        'compliance.review.completed.v1'
        'compliance.document.retracted.v1'
        'compliance.decision.refused.v1'
        'compliance.submission.refused.v1'
      ]
    }
    deliveryWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      destination: { endpointType: 'ServiceBusTopic', properties: { resourceId: reviewEvents.id, deliveryAttributeMappings: messageIdIsEventId } }
    }
    deadLetterWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: { resourceId: deadLetterAccountId, blobContainerName: 'review-events' }
      }
    }
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
  }
}
