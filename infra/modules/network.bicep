metadata description = 'Virtual network with private endpoints, for the parameter usePrivateNetwork.'

param name string
param endpointPrefix string
param location string
param tags object

@description('Services that get a private endpoint: name, resourceId and private-link group of each.')
param services array

// https://learn.microsoft.com/azure/private-link/private-endpoint-dns
var zones = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  namespace: 'privatelink.servicebus.windows.net'
  topic: 'privatelink.eventgrid.azure.net'
  vault: 'privatelink.vaultcore.azure.net'
}
var zoneNames = [zones.blob, zones.queue, zones.table, zones.namespace, zones.topic, zones.vault]

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: { addressSpace: { addressPrefixes: ['10.40.0.0/16'] } }
}

resource appSubnet 'Microsoft.Network/virtualNetworks/subnets@2025-05-01' = {
  parent: network
  name: 'app'
  properties: {
    addressPrefix: '10.40.0.0/24'
    // To Entra ID, Application Insights and the Durable Task Scheduler. Newer networks have no way out unless one is named.
    defaultOutboundAccess: true
    delegations: [{ name: 'flex-consumption', properties: { serviceName: 'Microsoft.App/environments' } }]
  }
}

resource endpointSubnet 'Microsoft.Network/virtualNetworks/subnets@2025-05-01' = {
  parent: network
  name: 'endpoints'
  properties: { addressPrefix: '10.40.1.0/24', privateEndpointNetworkPolicies: 'Disabled' }
  dependsOn: [appSubnet] // a network takes one change at a time
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [for zoneName in zoneNames: {
  name: zoneName
  location: 'global'
  tags: tags
}]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (zoneName, i) in zoneNames: {
  parent: zone[i]
  name: name
  location: 'global'
  tags: tags
  properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
}]

@batchSize(1)
resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = [for service in services: {
  name: '${endpointPrefix}${service.name}'
  location: location
  tags: tags
  properties: {
    subnet: { id: endpointSubnet.id }
    privateLinkServiceConnections: [
      { name: service.group, properties: { privateLinkServiceId: service.resourceId, groupIds: [service.group] } }
    ]
  }
}]

resource record 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = [for (service, i) in services: {
  parent: endpoint[i]
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      { name: service.group, properties: { privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', zones[service.group]) } }
    ]
  }
  dependsOn: [zone]
}]

output appSubnetId string = appSubnet.id
