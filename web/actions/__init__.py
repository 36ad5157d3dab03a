"""What a person may do: decide, withdraw, submit, delegate. Each is sent as a message, and the other half judges it."""
