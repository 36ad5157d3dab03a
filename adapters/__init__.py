"""The adapters to Azure: the only package that uses its data-plane SDKs."""
