"""Everything that crosses a wire or sits in durable history. No Azure."""
