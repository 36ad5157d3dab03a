metadata description = 'Alerts for people. docs/operations.md has a runbook for each, under the alert\'s name.'

param location string
param tags object
param workspaceId string
param serviceBusId string
param topicId string
param systemTopicId string
param actionGroupId string

var serviceBusAlerts = [
  {
    name: 'dead-letters'
    description: 'A message is in a dead-letter queue.'
    severity: 1
    metric: 'DeadletteredMessages'
    entities: ['document-submissions', 'review-decisions', 'decision-retries', 'operator-commands', 'decision-replies', 'review-requests', 'review-events']
  }
  {
    name: 'quarantine'
    description: 'A decision, submission or command was refused and waits for a person.'
    severity: 2
    metric: 'ActiveMessages'
    entities: ['decisions-quarantine', 'submissions-quarantine', 'commands-quarantine']
  }
]

// Event Grid drops what it can neither deliver nor write to the dead-letter account.
var eventGridAlerts = [
  { name: 'undelivered-uploads', metric: 'DeadLetteredCount', scope: systemTopicId, description: 'Event Grid gave up on an upload\'s event; the sweep opens its review.' }
  { name: 'undelivered-completions', metric: 'DeadLetteredCount', scope: topicId, description: 'A subscriber did not accept an event about a review.' }
  { name: 'dropped-uploads', metric: 'DroppedEventCount', scope: systemTopicId, description: 'Event Grid lost an upload\'s event; the sweep opens its review.' }
  { name: 'dropped-completions', metric: 'DroppedEventCount', scope: topicId, description: 'A subscriber did not accept an event about a review, and it was not kept.' }
]

var logAlerts = [
  {
    name: 'overdue-reviews'
    description: 'A review is still open at least 15 minutes after it had to expire.'
    severity: 1
    query: loadTextContent('../queries/overdue-reviews.kql')
  }
  {
    name: 'unannounced-completions'
    description: 'Event Grid has not accepted the event of a closed review for at least 15 minutes.'
    severity: 1
    query: loadTextContent('../queries/unannounced-completions.kql')
  }
  {
    name: 'failed-orchestrations'
    description: 'An orchestration failed; the sweep starts its review again.'
    severity: 2
    query: loadTextContent('../queries/failed-orchestrations.kql')
  }
  {
    name: 'failed-reviews'
    description: 'A review ended as failed: its document was not moved and needs a person.'
    severity: 2
    query: loadTextContent('../queries/failed-reviews.kql')
  }
  {
    name: 'sweep-missing'
    description: 'No sweep has finished for half an hour: the app is down or cannot reach storage.'
    severity: 1
    query: loadTextContent('../queries/sweep-missing.kql')
  }
]

resource onServiceBus 'Microsoft.Insights/metricAlerts@2018-03-01' = [for alert in serviceBusAlerts: {
  name: alert.name
  location: 'global'
  tags: tags
  properties: {
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [serviceBusId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'any'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: alert.metric
          dimensions: [{ name: 'EntityName', operator: 'Include', values: alert.entities }]
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Maximum'
        }
      ]
    }
    actions: [{ actionGroupId: actionGroupId }]
  }
}]

resource onEventGrid 'Microsoft.Insights/metricAlerts@2018-03-01' = [for alert in eventGridAlerts: {
  name: alert.name
  location: 'global'
  tags: tags
  properties: {
    description: alert.description
    severity: 2
    enabled: true
    scopes: [alert.scope]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'any'
          metricName: alert.metric
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Total'
        }
      ]
    }
    actions: [{ actionGroupId: actionGroupId }]
  }
}]

resource onLogs 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in logAlerts: {
  name: alert.name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: alert.name
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT15M'
    // Twice the frequency: lines arrive minutes late, and one at the end of a window must be in the next.
    windowSize: 'PT30M'
    autoMitigate: true
    // The tables do not exist before the first line is logged.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [actionGroupId] }
  }
}]
