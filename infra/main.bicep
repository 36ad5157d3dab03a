metadata description = 'Document compliance on Azure, in one deployment at subscription scope, without keys or passwords.'

targetScope = 'subscription'

@description('Names the environment and, through it, every resource.')
@minLength(1)
@maxLength(20)
param environmentName string

@description('Region of all resources. Not every region has Flex Consumption: az functionapp list-flexconsumption-locations.')
@metadata({ azd: { type: 'location' } })
param location string

@description('Redundancy, retention and protection, from environments.json.')
@allowed(['dev', 'test', 'prod'])
param environmentKind string = 'dev'

@description('Whether everything survives the loss of a zone. Cannot be changed later; there is no Archive tier then.')
param zoneRedundant bool = false

@description('Key of your own for storage and, if Premium, Service Bus: https://VAULT.vault.azure.net/keys/NAME. If empty, Azure has the keys.')
param encryptionKeyUri string = ''

@description('Resource id of the user-assigned identity that may use that key.')
param encryptionIdentityId string = ''

@description('Tag `cost-center` of all resources. If empty, they have none.')
param costCenter string = ''

@description('Budget for each month, in the currency of the bill: alerts at 80 % of it and when more is expected. If 0, there is none.')
@minValue(0)
param monthlyBudget int = 0

@description('Object id of the user or group that uses the command `compliance`, or `deployer`. If empty, nobody does.')
param operatorId string = ''

@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorType string = 'User'

@description('Address that alerts are sent to. If empty, alerts are only in the portal.')
param alertEmail string = ''

@description('File of the review policies, relative to the app\'s folder.')
param policyFile string = 'policies/default.yaml'

@description('How the ledger sends its table transactions: directly, or through the SDK at more processor time.')
@allowed(['direct', 'sdk'])
param ledgerTransactions string = 'direct'

@description('When the app exports the ledger to the container `audit`, as NCRONTAB in UTC.')
param ledgerExportSchedule string = '0 0 2 * * *'

@description('Secret in the key vault with the JWK Set for policies that have verificationKeys: setting:VERIFICATION_KEYS. If empty, the app has no such setting.')
param verificationKeySetName string = ''

@description('Secret in the key vault with the JWK Set of the front door, for policies that have proof: signIn. If empty, the app has no such setting.')
param attestationKeySetName string = ''

@description('Where orchestrations are kept.')
@allowed(['azureStorage', 'scheduler'])
param durableBackend string = 'azureStorage'

@description('Whether uploads arrive by the blob trigger instead of the queue; blob-trigger.bicep is then deployed after the code.')
param useBlobTrigger bool = false

@description('Whether there is a second site, the web front door, with an identity of its own. front-door-roles.bicep comes first.')
param webFrontDoor bool = false

@description('Version of the key `attestation` with which the front door signs: output ATTESTATION_KEY_ID. If empty, it cannot sign.')
param attestationSigningKey string = ''

@description('Client id of the app registration by which people sign in at the front door. If empty, none of its functions runs.')
param signInClientId string = ''

@description('Whether guests of the tenant may sign in at the front door, too.')
param guestsMaySignIn bool = false

@description('Whether somebody has the role Reviewer there. Else the front door does not start with a policy that names no reviewers.')
param reviewerRoleAssigned bool = false

@description('Whether there is a virtual network with private endpoints. Service Bus is Premium then.')
param usePrivateNetwork bool = false

@description('Subnet of an existing network for the app, delegated to Microsoft.App/environments. If empty, there is a network of our own.')
param existingAppSubnetId string = ''

@description('Subnet of that network for private endpoints.')
param existingEndpointSubnetId string = ''

@description('Resource id of the group with your private DNS zones. If empty, the zones are our own.')
param existingDnsZonesGroupId string = ''

@description('Whether the app is deployed from inside the private network only.')
param closeDeployment bool = false

@description('Role of the app on the Service Bus namespace. Without Data Owner, Azure may start and scale the app too late.')
@allowed(['Azure Service Bus Data Receiver', 'Azure Service Bus Data Owner'])
param serviceBusTriggerRole string = 'Azure Service Bus Data Owner'

@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@minValue(0)
param alwaysReadyDurable int = 0

@description('Instances of the front door that stay ready, and are billed.')
@minValue(0)
param alwaysReadyWeb int = 0

@description('Days until archived documents move to the Cold tier.')
@minValue(1)
param coldAfterDays int = 30

@description('Days until archived documents move to the Archive tier.')
@minValue(2)
param archiveAfterDays int = 180

@description('If above 0, nothing in the container `audit` can be changed or deleted for this number of days.')
@minValue(0)
param auditRetentionDays int = 0

@description('Whether that retention policy was locked, by hand. It is then left alone, because Azure refuses every change of it.')
param auditRetentionLocked bool = false

@description('Whether to bring back the key vault of an environment that was deleted: its name stays taken for 90 days.')
param recoverKeyVault bool = false

@description('Name of the system topic that the documents account has already, such as one that Defender has made. If empty, there is none.')
param existingSystemTopicName string = ''

@description('Whether Microsoft Defender for Storage scans uploads, for policies with `malwareScan: tag`. Billed per GB.')
param malwareScanning bool = false

@minValue(10)
param malwareScanningGBPerMonth int = 1000

var abbreviations = loadJsonContent('abbreviations.json')
var environments = loadJsonContent('environments.json')
var profile = environments[environmentKind]
var token = toLower(uniqueString(subscription().id, environmentName, location))
var standardTags = { 'azd-env-name': environmentName, application: 'document-compliance', environment: environmentKind }
var tags = empty(costCenter) ? standardTags : union(standardTags, { 'cost-center': costCenter })
var publicNetworkAccess = usePrivateNetwork ? 'Disabled' : 'Enabled'
// With DNS zones of others there is a scope of theirs: one network can use one only.
var useMonitorScope = usePrivateNetwork && empty(existingDnsZonesGroupId)
var packageContainerName = 'app-package-${take(token, 7)}'
var hostStorageSku = zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
var encryptionKey = { vaultUri: first(split(encryptionKeyUri, '/keys/')), name: last(split(encryptionKeyUri, '/keys/')) }
// Only at creation: the second layer, and the account's key for tables, without which the ledger would have Azure's.
var encryptedByAzure = { keySource: 'Microsoft.Storage', requireInfrastructureEncryption: true }
var encryptedByCustomer = {
  keySource: 'Microsoft.Keyvault'
  requireInfrastructureEncryption: true
  services: {
    blob: { enabled: true, keyType: 'Account' }
    table: { enabled: true, keyType: 'Account' }
    queue: { enabled: true, keyType: 'Account' }
  }
  identity: { userAssignedIdentity: encryptionIdentityId }
  keyvaultproperties: { keyvaulturi: encryptionKey.vaultUri, keyname: encryptionKey.name }
}
var encryption = empty(encryptionKeyUri) ? encryptedByAzure : encryptedByCustomer
var useScheduler = durableBackend == 'scheduler'
var secretNames = concat(empty(verificationKeySetName) ? [] : [verificationKeySetName], empty(attestationKeySetName) ? [] : [attestationKeySetName])

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: '${abbreviations.resourceGroup}${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  name: 'identity'
  params: {
    name: '${abbreviations.userAssignedIdentity}${token}'
    location: location
    tags: tags
  }
}

module webIdentity 'modules/identity.bicep' = if (webFrontDoor) {
  scope: group
  name: 'web-identity'
  params: {
    name: '${abbreviations.userAssignedIdentity}web-${token}'
    location: location
    tags: tags
  }
}

// It does nothing else: whoever holds it can act as the app registration.
module signInIdentity 'modules/identity.bicep' = if (webFrontDoor) {
  scope: group
  name: 'sign-in-identity'
  params: {
    name: '${abbreviations.userAssignedIdentity}signin-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  name: 'monitoring'
  params: {
    workspaceName: '${abbreviations.logAnalyticsWorkspace}${token}'
    insightsName: '${abbreviations.applicationInsights}${token}'
    actionGroupName: '${abbreviations.actionGroup}${token}'
    location: location
    tags: tags
    retentionInDays: profile.logRetentionDays
    dailyQuotaGb: profile.dailyLogGb
    publicIngestion: useMonitorScope ? 'Disabled' : 'Enabled'
    alertEmail: alertEmail
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  scope: group
  name: 'host-storage'
  params: {
    name: '${abbreviations.storageAccount}host${token}'
    location: location
    tags: tags
    skuName: hostStorageSku
    encryption: encryption
    encryptionIdentityId: encryptionIdentityId
    packageContainerName: packageContainerName
    publicNetworkAccess: publicNetworkAccess
  }
}

// An account of its own: whoever can write to the other one can change that half's package and orchestrations.
module webHostStorage 'modules/host-storage.bicep' = if (webFrontDoor) {
  scope: group
  name: 'web-host-storage'
  params: {
    name: '${abbreviations.storageAccount}web${token}'
    location: location
    tags: tags
    skuName: hostStorageSku
    encryption: encryption
    encryptionIdentityId: encryptionIdentityId
    packageContainerName: packageContainerName
    publicNetworkAccess: publicNetworkAccess
  }
}

module documentsStorage 'modules/documents-storage.bicep' = {
  scope: group
  name: 'documents-storage'
  params: {
    name: '${abbreviations.storageAccount}docs${token}'
    location: location
    tags: tags
    encryption: encryption
    encryptionIdentityId: encryptionIdentityId
    skuName: zoneRedundant ? profile.zonalStorageSku : profile.storageSku
    locked: profile.locked
    softDeleteDays: profile.softDeleteDays
    coldAfterDays: coldAfterDays
    archiveAfterDays: archiveAfterDays
    auditRetentionDays: auditRetentionDays
    auditRetentionLocked: auditRetentionLocked
    publicNetworkAccess: publicNetworkAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

module deadLetterStorage 'modules/dead-letter-storage.bicep' = {
  scope: group
  name: 'dead-letter-storage'
  params: {
    name: '${abbreviations.storageAccount}dead${token}'
    location: location
    tags: tags
    skuName: hostStorageSku
    encryption: encryption
    encryptionIdentityId: encryptionIdentityId
    publicNetworkAccess: publicNetworkAccess
  }
}

module serviceBus 'modules/service-bus.bicep' = {
  scope: group
  name: 'service-bus'
  params: {
    name: '${abbreviations.serviceBusNamespace}${token}'
    location: location
    tags: tags
    skuName: usePrivateNetwork ? 'Premium' : 'Standard'
    encryptionIdentityId: encryptionIdentityId
    encryptionKey: encryptionKey
    publicNetworkAccess: publicNetworkAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

module eventGrid 'modules/event-grid.bicep' = {
  scope: group
  name: 'event-grid'
  params: {
    systemTopicName: empty(existingSystemTopicName) ? '${abbreviations.eventGridSystemTopic}${token}' : existingSystemTopicName
    topicName: '${abbreviations.eventGridTopic}${token}'
    location: location
    tags: tags
    documentsAccountId: documentsStorage.outputs.id
    publicNetworkAccess: publicNetworkAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

// Defender makes a system topic if the account has none, and Azure takes no second one.
module defender 'modules/defender.bicep' = if (malwareScanning) {
  scope: group
  name: 'defender'
  params: {
    documentsStorageName: documentsStorage.outputs.name
    gbPerMonth: malwareScanningGBPerMonth
  }
  dependsOn: [eventGrid]
}

module keyVault 'modules/key-vault.bicep' = {
  scope: group
  name: 'key-vault'
  params: {
    name: '${abbreviations.keyVault}${token}'
    location: location
    tags: tags
    purgeProtection: profile.purgeProtection
    locked: profile.locked
    recover: recoverKeyVault
    publicNetworkAccess: publicNetworkAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

module attestationKey 'modules/attestation-key.bicep' = if (webFrontDoor) {
  scope: group
  name: 'attestation-key'
  params: {
    keyVaultName: keyVault.outputs.name
    tags: tags
  }
}

module formKey 'modules/form-key.bicep' = if (webFrontDoor) {
  scope: group
  name: 'form-key'
  params: {
    keyVaultName: keyVault.outputs.name
    tags: tags
  }
}

module scheduler 'modules/durable-task-scheduler.bicep' = if (useScheduler) {
  scope: group
  name: 'durable-task-scheduler'
  params: {
    name: '${abbreviations.durableTaskScheduler}${token}'
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    publicNetworkAccess: publicNetworkAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

module appRoles 'modules/roles-app.bicep' = {
  scope: group
  name: 'roles-app'
  params: {
    half: 'messages'
    principalId: identity.outputs.principalId
    hostStorageName: hostStorage.outputs.name
    documentsStorageName: documentsStorage.outputs.name
    serviceBusName: serviceBus.outputs.name
    topicName: eventGrid.outputs.topicName
    insightsName: monitoring.outputs.insightsName
    keyVaultName: keyVault.outputs.name
    secretNames: secretNames
    schedulerName: useScheduler ? scheduler!.outputs.name : ''
    useBlobTrigger: useBlobTrigger
    serviceBusTriggerRole: serviceBusTriggerRole
  }
}

module webRoles 'modules/roles-app.bicep' = if (webFrontDoor) {
  scope: group
  name: 'web-roles'
  params: {
    half: 'web'
    principalId: webIdentity!.outputs.principalId
    hostStorageName: webHostStorage!.outputs.name
    documentsStorageName: documentsStorage.outputs.name
    serviceBusName: serviceBus.outputs.name
    topicName: eventGrid.outputs.topicName
    insightsName: monitoring.outputs.insightsName
    keyVaultName: keyVault.outputs.name
    secretNames: concat(secretNames, ['form-key'])
    schedulerName: ''
    useBlobTrigger: useBlobTrigger
    serviceBusTriggerRole: serviceBusTriggerRole
  }
  dependsOn: [attestationKey, formKey]
}

module eventGridRoles 'modules/roles-event-grid.bicep' = {
  scope: group
  name: 'roles-event-grid'
  params: {
    systemTopicPrincipalId: eventGrid.outputs.systemTopicPrincipalId
    topicPrincipalId: eventGrid.outputs.topicPrincipalId
    serviceBusName: serviceBus.outputs.name
    deadLetterStorageName: deadLetterStorage.outputs.name
  }
}

module whoDeploys 'modules/who-deploys.bicep' = if (operatorId == 'deployer') {
  scope: group
  name: 'who-deploys'
}

module operatorRoles 'modules/roles-operator.bicep' = if (operatorId != '') {
  scope: group
  name: 'roles-operator'
  params: {
    principalId: operatorId == 'deployer' ? whoDeploys!.outputs.objectId : operatorId
    schedulerName: useScheduler ? scheduler!.outputs.name : ''
    principalType: operatorType
    documentsStorageName: documentsStorage.outputs.name
    serviceBusName: serviceBus.outputs.name
    topicName: eventGrid.outputs.topicName
  }
}

module monitorScope 'modules/monitor-private-link.bicep' = if (useMonitorScope) {
  scope: group
  name: 'monitor-private-link'
  params: {
    name: '${abbreviations.privateLinkScope}${token}'
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
  }
}

module network 'modules/network.bicep' = if (usePrivateNetwork) {
  scope: group
  name: 'network'
  params: {
    name: '${abbreviations.virtualNetwork}${token}'
    natGatewayName: '${abbreviations.natGateway}${token}'
    publicIpName: '${abbreviations.publicIp}${token}'
    existingAppSubnetId: existingAppSubnetId
    existingEndpointSubnetId: existingEndpointSubnetId
    existingDnsZonesGroupId: existingDnsZonesGroupId
    location: location
    tags: tags
  }
}

module privateEndpoints 'modules/private-endpoints.bicep' = if (usePrivateNetwork) {
  scope: group
  name: 'private-endpoints'
  params: {
    endpointPrefix: abbreviations.privateEndpoint
    location: location
    tags: tags
    subnetId: network!.outputs.endpointSubnetId
    zones: network!.outputs.zones
    zonesGroupId: network!.outputs.zonesGroupId
    services: concat([
      { name: 'host-blob', group: 'blob', resourceId: hostStorage.outputs.id }
      { name: 'host-queue', group: 'queue', resourceId: hostStorage.outputs.id }
      { name: 'host-table', group: 'table', resourceId: hostStorage.outputs.id }
      { name: 'documents-blob', group: 'blob', resourceId: documentsStorage.outputs.id }
      { name: 'documents-queue', group: 'queue', resourceId: documentsStorage.outputs.id }
      { name: 'documents-table', group: 'table', resourceId: documentsStorage.outputs.id }
      { name: 'service-bus', group: 'namespace', resourceId: serviceBus.outputs.id }
      { name: 'event-grid', group: 'topic', resourceId: eventGrid.outputs.topicId }
      { name: 'key-vault', group: 'vault', resourceId: keyVault.outputs.id }
    ], webFrontDoor ? [{ name: 'web-host-blob', group: 'blob', resourceId: webHostStorage!.outputs.id }] : [], useScheduler ? [{ name: 'scheduler', group: 'scheduler', resourceId: scheduler!.outputs.id }] : [], useMonitorScope ? [{ name: 'monitor', group: 'azuremonitor', resourceId: monitorScope!.outputs.id }] : [])
  }
}

module functionApp 'modules/function-app.bicep' = {
  scope: group
  name: 'function-app'
  params: {
    half: 'messages'
    name: '${abbreviations.functionApp}${token}'
    planName: '${abbreviations.functionPlan}${token}'
    location: location
    tags: tags
    identity: { id: identity.outputs.id, clientId: identity.outputs.clientId }
    hostStorageName: hostStorage.outputs.name
    packageContainerUrl: hostStorage.outputs.packageContainerUrl
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    documents: {
      blob: documentsStorage.outputs.blobEndpoint
      queue: documentsStorage.outputs.queueEndpoint
      table: documentsStorage.outputs.tableEndpoint
    }
    serviceBusFullyQualifiedNamespace: serviceBus.outputs.fullyQualifiedNamespace
    topicEndpoint: eventGrid.outputs.topicEndpoint
    policyFile: policyFile
    ledgerTransactions: ledgerTransactions
    ledgerExportSchedule: ledgerExportSchedule
    environmentName: environmentName
    verificationKeys: empty(verificationKeySetName) ? '' : '@Microsoft.KeyVault(VaultName=${keyVault.outputs.name};SecretName=${verificationKeySetName})'
    attestationKeys: empty(attestationKeySetName) ? '' : '@Microsoft.KeyVault(VaultName=${keyVault.outputs.name};SecretName=${attestationKeySetName})'
    useBlobTrigger: useBlobTrigger
    attestationSigningKey: ''
    signInClientId: ''
    formKey: ''
    signInIdentity: { id: '', clientId: '' }
    guestsMaySignIn: false
    reviewerRoleAssigned: false
    useScheduler: useScheduler
    schedulerConnection: useScheduler ? 'Endpoint=${scheduler!.outputs.endpoint};Authentication=ManagedIdentity;ClientID=${identity.outputs.clientId};TaskHub=${scheduler!.outputs.hubName}' : ''
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    zoneRedundant: zoneRedundant
    alwaysReadyDurable: alwaysReadyDurable
    alwaysReadyWeb: 0
    closed: usePrivateNetwork
    closeDeployment: closeDeployment
    subnetId: usePrivateNetwork ? network!.outputs.appSubnetId : ''
  }
  dependsOn: [appRoles, privateEndpoints]
}

module webApp 'modules/function-app.bicep' = if (webFrontDoor) {
  scope: group
  name: 'web-app'
  params: {
    half: 'web'
    name: '${abbreviations.functionApp}web-${token}'
    planName: '${abbreviations.functionPlan}web-${token}'
    location: location
    tags: tags
    identity: { id: webIdentity!.outputs.id, clientId: webIdentity!.outputs.clientId }
    hostStorageName: webHostStorage!.outputs.name
    packageContainerUrl: webHostStorage!.outputs.packageContainerUrl
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    documents: {
      blob: documentsStorage.outputs.blobEndpoint
      queue: documentsStorage.outputs.queueEndpoint
      table: documentsStorage.outputs.tableEndpoint
    }
    serviceBusFullyQualifiedNamespace: serviceBus.outputs.fullyQualifiedNamespace
    topicEndpoint: eventGrid.outputs.topicEndpoint
    policyFile: policyFile
    ledgerTransactions: ledgerTransactions
    ledgerExportSchedule: ledgerExportSchedule
    environmentName: environmentName
    verificationKeys: empty(verificationKeySetName) ? '' : '@Microsoft.KeyVault(VaultName=${keyVault.outputs.name};SecretName=${verificationKeySetName})'
    attestationKeys: empty(attestationKeySetName) ? '' : '@Microsoft.KeyVault(VaultName=${keyVault.outputs.name};SecretName=${attestationKeySetName})'
    useBlobTrigger: useBlobTrigger
    attestationSigningKey: attestationSigningKey
    signInClientId: signInClientId
    formKey: '@Microsoft.KeyVault(VaultName=${keyVault.outputs.name};SecretName=form-key)'
    signInIdentity: { id: signInIdentity!.outputs.id, clientId: signInIdentity!.outputs.clientId }
    guestsMaySignIn: guestsMaySignIn
    reviewerRoleAssigned: reviewerRoleAssigned
    useScheduler: useScheduler
    schedulerConnection: ''
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    zoneRedundant: zoneRedundant
    alwaysReadyDurable: 0
    alwaysReadyWeb: alwaysReadyWeb
    closed: usePrivateNetwork
    closeDeployment: closeDeployment
    subnetId: usePrivateNetwork ? network!.outputs.appSubnetId : ''
  }
  dependsOn: [webRoles, privateEndpoints]
}

module signIn 'modules/sign-in.bicep' = if (webFrontDoor && !empty(signInClientId)) {
  scope: group
  name: 'sign-in'
  params: {
    siteName: webApp!.outputs.name
    clientId: signInClientId
  }
}

module siteEndpoints 'modules/private-endpoints.bicep' = if (usePrivateNetwork) {
  scope: group
  name: 'site-endpoints'
  params: {
    endpointPrefix: abbreviations.privateEndpoint
    location: location
    tags: tags
    subnetId: network!.outputs.endpointSubnetId
    zones: network!.outputs.zones
    zonesGroupId: network!.outputs.zonesGroupId
    services: concat([{ name: 'app', group: 'sites', resourceId: functionApp.outputs.id }], webFrontDoor ? [{ name: 'web', group: 'sites', resourceId: webApp!.outputs.id }] : [])
  }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0) {
  scope: group
  name: 'budget'
  params: {
    amount: monthlyBudget
    actionGroupId: monitoring.outputs.actionGroupId
  }
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  name: 'alerts'
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    serviceBusId: serviceBus.outputs.id
    topicId: eventGrid.outputs.topicId
    systemTopicId: eventGrid.outputs.systemTopicId
    actionGroupId: monitoring.outputs.actionGroupId
  }
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  name: 'workbook'
  params: {
    name: 'Document reviews'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

module eventSubscriptions 'modules/event-subscriptions.bicep' = {
  scope: group
  name: 'event-subscriptions'
  params: {
    systemTopicName: eventGrid.outputs.systemTopicName
    topicName: eventGrid.outputs.topicName
    serviceBusName: serviceBus.outputs.name
    deadLetterAccountId: deadLetterStorage.outputs.id
    deliverUploadsToQueue: useBlobTrigger == false
  }
  // Its roles need minutes until they count, so this comes last.
  dependsOn: [eventGridRoles, functionApp, alerts, workbook]
}

// azd writes outputs to .azure/<environment>/.env, which docs/operations.md loads as settings of `compliance`.
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = functionApp.outputs.name
output WEB_APP_NAME string = webFrontDoor ? webApp!.outputs.name : ''
output WEB_HOST_NAME string = webFrontDoor ? webApp!.outputs.hostName : ''
output SIGN_IN_PRINCIPAL_ID string = webFrontDoor ? signInIdentity!.outputs.principalId : ''
output ATTESTATION_KEY_ID string = webFrontDoor ? attestationKey!.outputs.newestVersionId : ''
output DURABLE_TASK_DASHBOARD string = useScheduler ? scheduler!.outputs.dashboardUrl : ''
output SYSTEM_TOPIC_NAME string = eventGrid.outputs.systemTopicName
output EVENT_GRID_TOPIC_ID string = eventGrid.outputs.topicId
output KEY_VAULT_NAME string = keyVault.outputs.name
output DOCUMENTS_ACCOUNT string = documentsStorage.outputs.name
output DEAD_LETTER_ACCOUNT_ID string = deadLetterStorage.outputs.id
output Documents__blobServiceUri string = documentsStorage.outputs.blobEndpoint
output Documents__tableServiceUri string = documentsStorage.outputs.tableEndpoint
output ServiceBus__fullyQualifiedNamespace string = serviceBus.outputs.fullyQualifiedNamespace
output EventGridTopic__topicEndpointUri string = eventGrid.outputs.topicEndpoint
output EventGridTopic__subscriptionsUri string = eventGrid.outputs.subscriptionsUri
