"""What was recorded of a review, and whether it is what happened. No Azure SDK."""
