"""Benchmarks of the app, not tests: nothing asserts the figures of one run on one machine."""
