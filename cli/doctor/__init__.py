"""The command doctor: what is stuck, why, and what to do."""
