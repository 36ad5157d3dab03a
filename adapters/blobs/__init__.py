"""Documents as blobs: finding, reading, uploading and copying them."""
