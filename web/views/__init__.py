"""What a person may see: reviews, documents, answers. Pages and API call these, and nothing else."""
