"""The findings of `devhost doctor`: what will not continue by itself, why, and what to do about it."""
