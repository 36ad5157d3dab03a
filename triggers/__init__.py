"""The triggers: each parses a message or finds a blob, and hands it to a use case in `reviews`."""
