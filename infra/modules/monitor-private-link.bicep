metadata description = 'Telemetry through the private network: everything that resolves names by our own zones reaches only what is in this scope.'

param name string
param tags object
param workspaceId string
param insightsId string

resource privateScope 'Microsoft.Insights/privateLinkScopes@2021-07-01-preview' = {
  name: name
  location: 'global'
  tags: tags
  properties: { accessModeSettings: { ingestionAccessMode: 'PrivateOnly', queryAccessMode: 'Open' } }
}

resource workspace 'Microsoft.Insights/privateLinkScopes/scopedResources@2021-07-01-preview' = {
  parent: privateScope
  name: 'workspace'
  properties: { linkedResourceId: workspaceId }
}

resource insights 'Microsoft.Insights/privateLinkScopes/scopedResources@2021-07-01-preview' = {
  parent: privateScope
  name: 'insights'
  properties: { linkedResourceId: insightsId }
  dependsOn: [workspace] // a scope takes one change at a time
}

output id string = privateScope.id
