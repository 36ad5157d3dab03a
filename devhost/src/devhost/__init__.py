"""A local Azure Functions host in Python. It serves triggers and bindings of any app and depends on no app."""
