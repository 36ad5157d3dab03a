"""Proofs of identity: signed decisions and delegations, and the key sets that verify them."""
