"""The ledger's table: reviews, their index rows, delegations, the outbox."""
