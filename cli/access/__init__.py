"""Access to the app: login, settings, and whether anything answers."""
