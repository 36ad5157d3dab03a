metadata description = 'Network and DNS zones for private endpoints, unless they exist already. For the parameter usePrivateNetwork.'

param name string
param natGatewayName string
param publicIpName string
param location string
param tags object

@description('Subnet of an existing network, delegated to Microsoft.App/environments. If empty, there is a network of our own.')
param existingAppSubnetId string

@description('Subnet of the same network for private endpoints.')
param existingEndpointSubnetId string

@description('Resource group of existing private DNS zones. If empty, the zones are our own.')
param existingDnsZonesGroupId string

// https://learn.microsoft.com/azure/private-link/private-endpoint-dns
var zones = {
  blob: ['privatelink.blob.${environment().suffixes.storage}']
  queue: ['privatelink.queue.${environment().suffixes.storage}']
  table: ['privatelink.table.${environment().suffixes.storage}']
  namespace: ['privatelink.servicebus.windows.net']
  topic: ['privatelink.eventgrid.azure.net']
  vault: ['privatelink.vaultcore.azure.net']
  sites: ['privatelink.azurewebsites.net']
  scheduler: ['privatelink.durabletask.io']
  azuremonitor: [
    'privatelink.monitor.azure.com'
    'privatelink.oms.opinsights.azure.com'
    'privatelink.ods.opinsights.azure.com'
    'privatelink.agentsvc.azure-automation.net'
    'privatelink.blob.${environment().suffixes.storage}'
  ]
}
var zoneNames = union(zones.blob, zones.queue, zones.table, zones.namespace, zones.topic, zones.vault, zones.sites, zones.scheduler, zones.azuremonitor)
var ownZones = empty(existingDnsZonesGroupId) ? zoneNames : []
var zonesGroupId = empty(existingDnsZonesGroupId) ? resourceGroup().id : existingDnsZonesGroupId
var ownNetwork = empty(existingAppSubnetId)

// The app reaches Entra ID, and what has no private endpoint, from one fixed address.
resource publicIp 'Microsoft.Network/publicIPAddresses@2025-05-01' = if (ownNetwork) {
  name: publicIpName
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Regional' }
  properties: { publicIPAllocationMethod: 'Static', publicIPAddressVersion: 'IPv4' }
}

resource natGateway 'Microsoft.Network/natGateways@2025-05-01' = if (ownNetwork) {
  name: natGatewayName
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [{ id: publicIp.id }] }
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = if (ownNetwork) {
  name: name
  location: location
  tags: tags
  properties: { addressSpace: { addressPrefixes: ['10.40.0.0/16'] } }
}

resource appSubnet 'Microsoft.Network/virtualNetworks/subnets@2025-05-01' = if (ownNetwork) {
  parent: network
  name: 'app'
  properties: {
    addressPrefix: '10.40.0.0/24'
    defaultOutboundAccess: false
    natGateway: { id: natGateway.id }
    delegations: [{ name: 'flex-consumption', properties: { serviceName: 'Microsoft.App/environments' } }]
  }
}

resource endpointSubnet 'Microsoft.Network/virtualNetworks/subnets@2025-05-01' = if (ownNetwork) {
  parent: network
  name: 'endpoints'
  properties: { addressPrefix: '10.40.1.0/24', defaultOutboundAccess: false, privateEndpointNetworkPolicies: 'Disabled' }
  dependsOn: [appSubnet] // a network takes one change at a time
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [for zoneName in ownZones: {
  name: zoneName
  location: 'global'
  tags: tags
}]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (zoneName, i) in ownZones: {
  parent: zone[i]
  name: name
  location: 'global'
  tags: tags
  properties: { registrationEnabled: false, virtualNetwork: { id: ownNetwork ? network.id : first(split(existingAppSubnetId, '/subnets/')) } }
}]

output appSubnetId string = ownNetwork ? appSubnet.id : existingAppSubnetId
output endpointSubnetId string = ownNetwork ? endpointSubnet.id : existingEndpointSubnetId
output zones object = zones
output zonesGroupId string = zonesGroupId
