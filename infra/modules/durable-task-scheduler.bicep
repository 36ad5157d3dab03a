metadata description = 'The other Durable backend. The package must be built for it, too: make package DURABLE_BACKEND=scheduler.'

param name string
param location string
param tags object

@description('Whether the scheduler survives the loss of a zone: three dedicated units, billed all the time. Consumption does not.')
param zoneRedundant bool

param publicNetworkAccess string
param workspaceId string

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    // Required. Any address may connect, but only with the role; an empty list would exclude every address.
    ipAllowlist: ['0.0.0.0/0']
    publicNetworkAccess: publicNetworkAccess
    sku: zoneRedundant ? { name: 'Dedicated', capacity: 3 } : { name: 'Consumption' }
  }
}

// The hub's name is the hubName of host.json.
resource hub 'Microsoft.DurableTask/schedulers/taskHubs@2026-02-01' = {
  parent: scheduler
  name: 'DocumentCompliance'
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: scheduler
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
  }
}

output id string = scheduler.id
output name string = scheduler.name
output endpoint string = scheduler.properties.endpoint
output dashboardUrl string = hub.properties.dashboardUrl
output hubName string = hub.name
