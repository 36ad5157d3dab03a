"""What can be done to a published document."""
