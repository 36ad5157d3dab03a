"""The orchestration of a review, a deterministic generator: no I/O, clock, random numbers or environment."""
