"""The storage emulator, its access log, and what was written to it."""
