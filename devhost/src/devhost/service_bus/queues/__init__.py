"""The rules of queues, topics and sessions, without a network or a file: messages, locks, filters, settlements."""
