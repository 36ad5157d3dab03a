"""Documents as blobs: reading, uploading, copying."""
