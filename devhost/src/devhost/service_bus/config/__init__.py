"""The official emulator's `Config.json`: its shape, its values and their limits."""
