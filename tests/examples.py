"""How many examples a slow property test tries."""

from __future__ import annotations

from hypothesis import settings


def at_most(examples: int) -> settings:
    """Cap the examples of the profile in use."""
    return settings(max_examples=min(examples, settings().max_examples))
