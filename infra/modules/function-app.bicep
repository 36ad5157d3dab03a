metadata description = 'The site of one half of the app, on Flex Consumption. Deployed after the roles, so that it has access at its first start.'

param name string
param planName string
param location string
param tags object

@description('Which half of the app runs here. The package is the same; the functions of the other half are disabled.')
@allowed(['messages', 'web'])
param half string

@description('Resource id and client id of this half\'s identity.')
param identity object

param hostStorageName string
param packageContainerUrl string
param insightsConnectionString string

@description('Endpoints of the documents account: blob, queue, table.')
param documents object

param serviceBusFullyQualifiedNamespace string
param topicEndpoint string
param policyFile string
param ledgerTransactions string

@description('When the ledger is exported, as NCRONTAB in UTC.')
param ledgerExportSchedule string

@description('Name of the environment, for requests to reviewers and answers.')
param environmentName string

@description('Key Vault reference to the key set for proofs of identity, or empty.')
param verificationKeys string

@description('Key Vault reference to the key set of the front door, or empty.')
param attestationKeys string

@description('Id of the key version with which the front door signs; empty where nothing signs.')
param attestationSigningKey string

@description('Client id of the app registration by which people sign in. If empty, the functions of the web half are disabled.')
param signInClientId string

@description('Key Vault reference to the key of forms, or empty where there are none.')
param formKey string

@description('Resource id and client id of the identity that stands for a secret of that registration, for the half that has it.')
param signInIdentity object

@description('Whether guests of the tenant may sign in, too.')
param guestsMaySignIn bool

@description('Whether somebody has the role Reviewer of that registration.')
param reviewerRoleAssigned bool

@description('Whether uploads arrive by the blob trigger instead of the queue: see blob-trigger.bicep.')
param useBlobTrigger bool

@description('Whether the package is for the Durable Task Scheduler.')
param useScheduler bool

@description('Connection of the Durable Task Scheduler, for the half that has one. Not a secret.')
param schedulerConnection string

@description('2048 MB come with one core, 4096 MB with two.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int

@minValue(40)
@maxValue(1000)
param maximumInstanceCount int

@description('Instances that stay ready, and are billed, while idle: they save orchestrations a cold start.')
param alwaysReadyDurable int

@description('Instances that stay ready, and are billed, while idle: they save people a cold start.')
param alwaysReadyWeb int

@description('Whether the plan spreads its instances over zones; two then stay ready for each group of functions.')
param zoneRedundant bool

@description('Whether only the private network reaches the site.')
param closed bool

@description('Whether only the private network deploys, too.')
param closeDeployment bool

@description('Subnet that is delegated to the app, or empty.')
param subnetId string

var hostSettings = [
  { name: 'AzureWebJobsStorage__accountName', value: hostStorageName }
  { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
  { name: 'AzureWebJobsStorage__clientId', value: identity.clientId }
  { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insightsConnectionString }
  { name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING', value: 'ClientId=${identity.clientId};Authorization=AAD' }
  { name: 'AzureWebJobsDisableHomepage', value: 'true' }
  { name: 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT', value: '17825792' } // 17 MiB: the largest document of the front door, and the form around it
]
var appSettings = [
  { name: 'AZURE_CLIENT_ID', value: identity.clientId }
  { name: 'Documents__blobServiceUri', value: documents.blob }
  { name: 'Documents__tableServiceUri', value: documents.table }
  { name: 'ServiceBus__fullyQualifiedNamespace', value: serviceBusFullyQualifiedNamespace }
  { name: 'ServiceBus__credential', value: 'managedidentity' }
  { name: 'ServiceBus__clientId', value: identity.clientId }
  { name: 'EventGridTopic__topicEndpointUri', value: topicEndpoint }
  { name: 'POLICY_FILE', value: policyFile }
  { name: 'LEDGER_TRANSACTIONS', value: ledgerTransactions }
  { name: 'LEDGER_EXPORT_SCHEDULE', value: ledgerExportSchedule }
  { name: 'ENVIRONMENT_NAME', value: environmentName }
]
var verificationKeysSettings = [
  { name: 'VERIFICATION_KEYS', value: verificationKeys }
]
var attestationKeysSettings = [
  { name: 'ATTESTATION_KEYS', value: attestationKeys }
]
var halves = any(loadJsonContent('../halves.json'))
var otherHalf = half == 'web' ? 'messages' : 'web'
var hasSignIn = half == 'web' && !empty(signInClientId)
var disabled = concat(halves[otherHalf].functions, half == 'web' && empty(signInClientId) ? halves.web.functions : [], half == 'web' || useBlobTrigger ? [] : ['on_document_uploaded'])
var disabledSettings = [for functionName in disabled: { name: 'AzureWebJobs.${functionName}.Disabled', value: 'true' }]
var signingSettings = [
  { name: 'ATTESTATION_SIGNING_KEY', value: attestationSigningKey }
]
// The first says whose token replaces the client secret. WEBSITE_AUTH_ENABLED and WEBSITE_AUTH_CLIENT_ID are the platform's:
// settings of these names would win over its configuration, and could switch it off.
// https://learn.microsoft.com/azure/app-service/configure-authentication-provider-aad
var signInSettings = [
  { name: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID', value: signInIdentity.clientId }
  { name: 'WEBSITE_AUTH_AAD_ALLOWED_TENANTS', value: subscription().tenantId }
  { name: 'SIGN_IN_CLIENT_ID', value: signInClientId }
  { name: 'SIGN_IN_TENANT_ID', value: subscription().tenantId }
  { name: 'FORM_KEY', value: formKey }
]
var guestSettings = [
  { name: 'SIGN_IN_GUESTS', value: 'allowed' }
]
var roleSettings = [
  { name: 'REVIEWER_ROLE_ASSIGNED', value: 'true' }
]
var blobTriggerSettings = [
  { name: 'Documents__queueServiceUri', value: documents.queue }
  { name: 'Documents__credential', value: 'managedidentity' }
  { name: 'Documents__clientId', value: identity.clientId }
]
// The front door has no right on the scheduler, and a host that finds no connection to it does not start.
var webSchedulerSettings = [
  { name: 'AzureFunctionsJobHost__extensions__durableTask__storageProvider__type', value: 'AzureStorage' }
]
// It calls the blob trigger from outside of any network.
var fromEventGrid = [
  { name: 'event-grid', priority: 100, action: 'Allow', ipAddress: 'AzureEventGrid', tag: 'ServiceTag' }
]
var schedulerSettings = [
  { name: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING', value: schedulerConnection }
]

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    //checkov:skip=CKV_AZURE_225:by the parameter zoneRedundant; it keeps two instances ready, and billed, for each group
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': half == 'web' ? 'web' : 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: hasSignIn ? { '${identity.id}': {}, '${signInIdentity.id}': {} } : { '${identity.id}': {} }
  }
  properties: {
    //checkov:skip=CKV_AZURE_17:callers are Azure services with identities, none has a client certificate
    //checkov:skip=CKV_AZURE_222:closed by the parameters usePrivateNetwork and closeDeployment; the deployment endpoint requires a token
    //checkov:skip=CKV_AZURE_213:Flex Consumption watches its instances itself; there is no path to probe
    //checkov:skip=CKV_AZURE_212:scales to zero on purpose
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    publicNetworkAccess: closed && closeDeployment ? 'Disabled' : 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      runtime: { name: 'python', version: '3.12' }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: concat(alwaysReadyDurable > 0 ? [{ name: 'durable', instanceCount: alwaysReadyDurable }] : [], alwaysReadyWeb > 0 ? [{ name: 'http', instanceCount: alwaysReadyWeb }] : [])
        // Without it Python gets one request at a time, and pages wait for answers.
        triggers: half == 'web' ? { http: { perInstanceConcurrency: 16 } } : null
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      remoteDebuggingEnabled: false
      ipSecurityRestrictionsDefaultAction: closed ? 'Deny' : 'Allow'
      ipSecurityRestrictions: closed && half == 'messages' && useBlobTrigger ? fromEventGrid : []
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictionsDefaultAction: 'Allow'
      appSettings: concat(hostSettings, appSettings, empty(verificationKeys) ? [] : verificationKeysSettings, empty(attestationKeys) ? [] : attestationKeysSettings, empty(attestationSigningKey) ? [] : signingSettings, hasSignIn ? signInSettings : [], hasSignIn && guestsMaySignIn ? guestSettings : [], hasSignIn && reviewerRoleAssigned ? roleSettings : [], half == 'messages' && useBlobTrigger ? blobTriggerSettings : [], disabledSettings, useScheduler ? (half == 'web' ? webSchedulerSettings : schedulerSettings) : [])
    }
  }
}

// Deployments use Entra ID, so the site's publishing passwords are disabled.
resource scmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

resource ftpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

output id string = app.id
output name string = app.name
output hostName string = app.properties.defaultHostName
