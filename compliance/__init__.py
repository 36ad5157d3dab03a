"""The rules: standard library only, pure functions over frozen values. Imports nothing of ours."""
