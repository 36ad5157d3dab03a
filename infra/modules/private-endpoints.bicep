metadata description = 'Private endpoints of services, with their names in the private DNS zones.'

param endpointPrefix string
param location string
param tags object
param subnetId string

@description('Services that get a private endpoint: name, resourceId and private-link group of each.')
param services array

@description('Names of the DNS zones by private-link group.')
param zones object

@description('Resource group of the zones.')
param zonesGroupId string

@batchSize(1)
resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = [for service in services: {
  name: '${endpointPrefix}${service.name}'
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      { name: service.group, properties: { privateLinkServiceId: service.resourceId, groupIds: [service.group] } }
    ]
  }
}]

resource record 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = [for (service, i) in services: {
  parent: endpoint[i]
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [for zoneName in zones[service.group]: {
      name: replace(zoneName, '.', '-')
      properties: { privateDnsZoneId: '${zonesGroupId}/providers/Microsoft.Network/privateDnsZones/${zoneName}' }
    }]
  }
}]
