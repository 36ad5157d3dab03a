"""Event Grid: a custom topic for CloudEvents, the storage account's system topic, and push delivery of both."""
