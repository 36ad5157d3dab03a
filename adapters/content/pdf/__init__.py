"""What a PDF document does besides being read, by the names in its objects, even of those that no parser takes."""
