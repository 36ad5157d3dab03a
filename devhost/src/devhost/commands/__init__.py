"""The parts of the `devhost` command that talk to a running host."""
