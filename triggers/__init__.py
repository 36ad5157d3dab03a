"""The edges: a message or blob in, a contract out, a review started or a decision recorded."""
