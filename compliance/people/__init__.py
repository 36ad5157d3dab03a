"""The people of a review: who is who, who stands in for whom, whose right has ended."""
