"""Property tests run the same cases everywhere: a failure in CI is a failure at the desk."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=500, database=None)
settings.load_profile("repeatable")
