"""What a person may see: reviews, documents, answers. Nothing here changes a review, or makes HTML or JSON."""
