"""The people of a review: who is who, what their word is worth, who stands in for whom, whose right has ended."""
