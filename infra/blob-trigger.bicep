metadata description = 'The other route for uploads: Event Grid calls the app\'s blob trigger. Deployed after the code, because the key exists only then.'

@description('Output FUNCTION_APP_NAME of main.bicep, deployed with useBlobTrigger.')
param functionAppName string

@description('Output SYSTEM_TOPIC_NAME of main.bicep.')
param systemTopicName string

@description('Output DEAD_LETTER_ACCOUNT_ID of main.bicep.')
param deadLetterAccountId string

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource systemTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: systemTopicName
}

resource uploads 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: systemTopic
  name: 'blob-trigger'
  properties: {
    // The trigger accepts no other schema: https://learn.microsoft.com/azure/azure-functions/functions-event-grid-blob-trigger
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      subjectBeginsWith: '/blobServices/default/containers/pending/blobs/'
    }
    // A system key of the app, the only secret of this route. Event Grid has no other way to call a blob trigger.
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: 'https://${app.properties.defaultHostName}/runtime/webhooks/blobs?functionName=Host.Functions.on_document_uploaded&code=${listKeys('${app.id}/host/default', '2025-03-01').systemKeys.blobs_extension}'
      }
    }
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
