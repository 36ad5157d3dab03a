"""The sweep: what crashes left undone, and the lists and sums that people read, made as the ledger says."""
