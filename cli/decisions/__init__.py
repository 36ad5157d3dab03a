"""Commands about decisions: decide, withdraw, delegate, and the keys that sign them."""
