"""What only a developer's machine needs: a stack seen from outside, the demo, its samples, the entity files."""
