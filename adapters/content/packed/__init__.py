"""Archives and compressed files other than ZIP."""
