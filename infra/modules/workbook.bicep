metadata description = 'Workbook: volume, time to decision, outcomes, backlog, and one review from upload to completion event.'

param name string
param location string
param tags object
param workspaceId string

var charts = [
  { title: 'Reviews opened per day, by class', visualization: 'barchart', query: loadTextContent('../queries/volume.kql') }
  { title: 'Outcomes per day', visualization: 'barchart', query: loadTextContent('../queries/outcomes.kql') }
  { title: 'Hours from request to outcome', visualization: 'table', query: loadTextContent('../queries/time-to-decision.kql') }
  { title: 'Unfinished reviews at each sweep', visualization: 'timechart', query: loadTextContent('../queries/backlog.kql') }
  { title: 'Overdue reviews', visualization: 'table', query: loadTextContent('../queries/overdue-reviews.kql') }
  { title: 'Answers to decisions', visualization: 'barchart', query: loadTextContent('../queries/refusals.kql') }
  { title: 'One review, from upload to completion event', visualization: 'table', query: loadTextContent('../queries/follow-review.kql') }
]

// https://github.com/microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json
var parameterItem = {
  type: 9
  name: 'parameters'
  content: {
    version: 'KqlParameterItem/1.0'
    parameters: [
      {
        id: guid(name, 'Period')
        version: 'KqlParameterItem/1.0'
        name: 'Period'
        type: 4
        isRequired: true
        value: { durationMs: 2592000000 }
        typeSettings: { selectableValues: [{ durationMs: 86400000 }, { durationMs: 604800000 }, { durationMs: 2592000000 }], allowCustom: true }
      }
      { id: guid(name, 'Review'), version: 'KqlParameterItem/1.0', name: 'Review', label: 'Review id', type: 1 }
    ]
  }
}

var chartItems = [for chart in charts: {
  type: 3
  name: chart.title
  content: {
    version: 'KqlItem/1.0'
    title: chart.title
    query: chart.query
    size: 0
    queryType: 0
    resourceType: 'microsoft.operationalinsights/workspaces'
    crossComponentResources: [workspaceId]
    timeContextFromParameter: 'Period'
    visualization: chart.visualization
  }
}]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspaceId, name)
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: name
    category: 'workbook'
    sourceId: workspaceId
    serializedData: string({ version: 'Notebook/1.0', items: concat([parameterItem], chartItems), fallbackResourceIds: [workspaceId] })
  }
}
