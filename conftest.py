"""Hypothesis profiles for all tests. Both repeat the same cases everywhere: a failure in CI is a failure at the desk.

`full` is the default; `make check` passes --hypothesis-profile=quick.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("full", derandomize=True, deadline=None, max_examples=100, database=None)
settings.register_profile("quick", settings.get_profile("full"), max_examples=10)
settings.load_profile("full")

pytest_plugins = ["pytester"]  # for the test of devhost's own plugin
