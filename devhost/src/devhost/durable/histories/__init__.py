"""Exported histories: reading them, and replaying them with the code as it is now."""
