metadata description = 'How people sign in at the web front door: App Service Authentication with Microsoft Entra, without a secret.'

param siteName string

@description('Client id of the app registration.')
param clientId string

resource site 'Microsoft.Web/sites@2025-03-01' existing = {
  name: siteName
}

// Everybody gets through, and the app answers who has not signed in: a page by sending them there, the API by 401. What the
// platform does for it is to remove forged headers and to name who has signed in.
resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'authsettingsV2'
  properties: {
    //checkov:skip=CKV_AZURE_13:this is App Service Authentication; the check knows its older settings only
    //checkov:skip=CKV_AZURE_63:about the site, which is in function-app.bicep
    //checkov:skip=CKV_AZURE_65:about the site, which is in function-app.bicep
    //checkov:skip=CKV_AZURE_66:about the site, which is in function-app.bicep
    //checkov:skip=CKV_AZURE_80:about the site, which is in function-app.bicep
    //checkov:skip=CKV_AZURE_88:about the site, which is in function-app.bicep
    //checkov:skip=CKV_AZURE_222:about the site, which is in function-app.bicep
    platform: { enabled: true, runtimeVersion: '~1' }
    globalValidation: { requireAuthentication: false, unauthenticatedClientAction: 'AllowAnonymous', redirectToProvider: 'azureactivedirectory', excludedPaths: [] }
    httpSettings: { requireHttps: true, routes: { apiPrefix: '/.auth' }, forwardProxy: { convention: 'NoProxy' } }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          openIdIssuer: '${environment().authentication.loginEndpoint}${subscription().tenantId}/v2.0'
          clientId: clientId
          // No secret: the name of the setting with the identity whose token stands for one.
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
        }
        login: { loginParameters: ['scope=openid profile email'] }
        validation: {
          allowedAudiences: [clientId]
          defaultAuthorizationPolicy: { allowedApplications: [clientId] }
        }
      }
    }
    login: {
      routes: { logoutEndpoint: '/.auth/logout' }
      // Without the store the platform does not name claims as documented. No refresh token is asked for.
      tokenStore: { enabled: true }
      allowedExternalRedirectUrls: []
      cookieExpiration: { convention: 'FixedTime', timeToExpiration: '01:00:00' }
      nonce: { validateNonce: true, nonceExpirationInterval: '00:05:00' }
    }
  }
}
