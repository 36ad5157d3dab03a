"""The only place with Azure data-plane SDKs."""
