"""Receiving within the process, for the host's own triggers."""
