"""Commands about documents: submit, fetch."""
