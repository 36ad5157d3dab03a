"""The policy file: its shape, the mistakes that people make in it, and the policies that it becomes."""
