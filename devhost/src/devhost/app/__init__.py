"""The hosted function app: its settings, its host.json, its functions and the checks they must pass."""
