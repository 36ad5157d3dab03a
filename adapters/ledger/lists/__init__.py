"""Lists of reviews in the ledger that people read: hints, with which no rule is concerned."""
