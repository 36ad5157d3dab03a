"""One file with everything that was recorded of a review: its page, and the keys that verify its proofs."""
