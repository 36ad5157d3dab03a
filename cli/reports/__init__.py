"""Reports on the reviews that ended in some days: figures, comma-separated values, a picture."""
