"""`compliance ledger`: the whole ledger as one file."""
