"""What only a developer's machine needs: the stack from outside, the demo, its samples, the entity files."""
