"""Commands that read reviews and policies: list, show, watch, policy."""
