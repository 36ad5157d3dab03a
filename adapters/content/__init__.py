"""What is in a document beyond its first bytes: looked for without unpacking anything to disk."""
