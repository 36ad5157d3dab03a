"""Messages and events: what others send us, strictly parsed, and what we send."""
