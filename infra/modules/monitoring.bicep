metadata description = 'Logs and metrics: one workspace, Application Insights on it, and the receiver of alerts.'

param workspaceName string
param insightsName string
param actionGroupName string
param location string
param tags object

@description('Days for which logs are kept.')
@minValue(30)
@maxValue(730)
param retentionInDays int

@description('GB per day at which ingestion stops, which limits the cost of a fault.')
param dailyQuotaGb int

@description('Whether telemetry is taken from the internet. People read it there in any case.')
@allowed(['Enabled', 'Disabled'])
param publicIngestion string

@description('Address that alerts are sent to. If empty, alerts are only in the portal.')
param alertEmail string

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionInDays
    publicNetworkAccessForIngestion: publicIngestion
    publicNetworkAccessForQuery: 'Enabled'
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    publicNetworkAccessForIngestion: publicIngestion
    publicNetworkAccessForQuery: 'Enabled'
    DisableLocalAuth: true
  }
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'compliance'
    enabled: true
    emailReceivers: empty(alertEmail) ? [] : [{ name: 'operators', emailAddress: alertEmail, useCommonAlertSchema: true }]
  }
}

output workspaceId string = workspace.id
output insightsId string = insights.id
output insightsName string = insights.name
output insightsConnectionString string = insights.properties.ConnectionString
output actionGroupId string = actionGroup.id
