"""The hub's SQLite file and the loop that commits turns, timers and activities to it."""
