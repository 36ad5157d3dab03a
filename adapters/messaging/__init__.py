"""Service Bus messages and Event Grid events."""
