"""The triggers of functions: messages, blobs, schedules and HTTP requests."""
