metadata description = 'A budget for the resource group: it warns, and stops nothing.'

@description('Amount for each month, in the currency of the subscription\'s bill.')
@minValue(1)
param amount int

@description('First month. Azure refuses a budget that starts in the past.')
param start string = utcNow('yyyy-MM-01')

param actionGroupId string

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: 'monthly'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: start }
    notifications: {
      spent: { enabled: true, operator: 'GreaterThanOrEqualTo', threshold: 80, thresholdType: 'Actual', contactEmails: [], contactGroups: [actionGroupId] }
      expected: { enabled: true, operator: 'GreaterThanOrEqualTo', threshold: 100, thresholdType: 'Forecasted', contactEmails: [], contactGroups: [actionGroupId] }
    }
  }
}
