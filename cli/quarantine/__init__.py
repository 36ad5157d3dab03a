"""Commands about the quarantine: list, show, resend, edit, discard."""
