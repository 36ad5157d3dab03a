"""What has become of all reviews of a time: numbers, comma-separated values, a picture."""
