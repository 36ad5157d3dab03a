"""The evidence of a review, and checks that it is what happened. No Azure SDK."""
