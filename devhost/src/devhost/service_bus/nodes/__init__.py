"""Entities at work: each core with its alarms and consumers, committed to one SQLite file by turns."""
