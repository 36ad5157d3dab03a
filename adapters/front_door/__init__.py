"""What only the front door's side may use: the one key that attests. The message side must not import it."""
