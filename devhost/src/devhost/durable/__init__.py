"""A durable task hub in one SQLite file. It drives the stock Python SDK over its out-of-process replay protocol."""
