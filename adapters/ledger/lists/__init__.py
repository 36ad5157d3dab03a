"""Lists of reviews that people read, in the ledger. They are hints: no rule depends on them."""
