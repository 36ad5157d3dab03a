"""Commands about the quarantine: list, show, replay, discard, history."""
