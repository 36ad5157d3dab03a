"""Commands about evidence: write a bundle, verify it."""
