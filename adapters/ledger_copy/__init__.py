"""The whole ledger as one file, out and in again."""
