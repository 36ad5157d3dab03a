"""Running the app's functions through the SDK's own converters, away from the host's event loop."""
