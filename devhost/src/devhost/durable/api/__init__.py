"""The Durable client API and its HTTP routes."""
