"""The journey as a deterministic generator. No I/O, no clock, no random, no environment."""
