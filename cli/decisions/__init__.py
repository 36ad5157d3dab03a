"""Commands that decide: decide, withdraw, delegate, and the keys that sign."""
