"""A local Azure Functions host in Python. It knows triggers and bindings; it knows nothing of any app that it hosts."""
