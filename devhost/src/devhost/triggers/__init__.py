"""What starts functions: messages, blobs, schedules and HTTP requests."""
