"""Durable task hub in one SQLite file, driving the stock Python SDK over its out-of-process replay protocol."""
