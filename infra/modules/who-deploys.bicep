metadata description = 'The principal that deploys. Apart, because checkov cannot read the function; there is nothing else here to check.'

output objectId string = deployer().objectId
