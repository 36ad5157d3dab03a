"""Benchmarks, not tests: figures of one run on one machine, asserted by nobody."""
